import { isPlainJson } from './plain-json.ts';

/**
 * Untrusted JSON, read member by member: replies of nodes and providers, events. No getter fails; what is missing, of another type or too
 * large gives its fallback, so that one bad member costs itself only. Whoever needs a member asks for its `kind` first.
 */
export interface JsonReader {
  readonly raw: unknown;
  /** `nothing` for null and for what is missing. */
  readonly kind: 'nothing' | 'mapping' | 'list' | 'text' | 'number' | 'flag';
  /** Where it stands, e.g. `servers[3].id` after the name of the whole. */
  readonly path: string;
  at(key: string): JsonReader;
  /** Cut to `maxLength` UTF-16 units. */
  text(maxLength?: number): string | null;
  oneOf<T extends string>(values: readonly T[]): T | null;
  number(): number | null;
  /** That a number can hold exactly. */
  integer(): number | null;
  flag(): boolean;
  /** A mapping as it is; null for anything else, and for one that is not {@link isPlainJson}. */
  mapping(): Readonly<Record<string, unknown>> | null;
  list(maxItems?: number): readonly JsonReader[];
  entries(maxItems?: number): readonly (readonly [string, JsonReader])[];
}

/** Undefined for a text that is no JSON. */
export function parseJson(text: string, path = ''): JsonReader | undefined {
  try {
    return readJson(JSON.parse(text), path);
  } catch {
    return undefined;
  }
}

/** Longer names are no names of services, plugins or environments. */
const maxKeyLength = 256;

export function readJson(raw: unknown, path = ''): JsonReader {
  const kind = kindOf(raw);
  const record = (kind === 'mapping' ? raw : {}) as Readonly<Record<string, unknown>>;
  const member = (key: string) => (path === '' || path.endsWith(' ') ? path + key : `${path}.${key}`);
  return {
    raw,
    kind,
    path,
    at: (key) => readJson(Object.hasOwn(record, key) ? record[key] : undefined, member(key)),
    text: (maxLength = 1024) => (typeof raw === 'string' ? raw.slice(0, maxLength) : null),
    oneOf: (values) => values.find((value) => value === raw) ?? null,
    number: () => (typeof raw === 'number' && Number.isFinite(raw) ? raw : null),
    integer: () => (Number.isSafeInteger(raw) ? (raw as number) : null),
    flag: () => raw === true,
    mapping: () => (kind === 'mapping' && isPlainJson(raw) ? record : null),
    list: (maxItems = 1000) =>
      Array.isArray(raw)
        ? raw.slice(0, maxItems).map((item: unknown, index) => readJson(item, `${path}[${index}]`))
        : [],
    entries: (maxItems = 1000) =>
      Object.entries(record)
        .filter(([key]) => key !== '__proto__' && key.length <= maxKeyLength)
        .slice(0, maxItems)
        .map(([key, value]) => [key, readJson(value, member(key))] as const),
  };
}

function kindOf(raw: unknown): JsonReader['kind'] {
  if (Array.isArray(raw)) return 'list';
  switch (typeof raw) {
    case 'string':
      return 'text';
    case 'number':
      return 'number';
    case 'boolean':
      return 'flag';
    case 'object':
      return raw === null ? 'nothing' : 'mapping';
    default:
      return 'nothing';
  }
}
