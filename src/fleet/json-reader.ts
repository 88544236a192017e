import { isPlainJson } from './plain-json.ts';

/**
 * Reads untrusted JSON member by member: replies of nodes and providers, events. Getters never fail; a missing or too large value, or one of
 * another type, gives the fallback, so that one bad member does not affect others. For required members check `kind` first.
 */
export interface JsonReader {
  readonly raw: unknown;
  /** `nothing` for null and for missing values. */
  readonly kind: 'nothing' | 'mapping' | 'list' | 'text' | 'number' | 'flag';
  /** Path of the value, e.g. `servers[3].id` after the name of the document. */
  readonly path: string;
  at(key: string): JsonReader;
  /** Truncated to `maxLength` UTF-16 units. */
  text(maxLength?: number): string | null;
  oneOf<T extends string>(values: readonly T[]): T | null;
  number(): number | null;
  /** Safe integers only. */
  integer(): number | null;
  flag(): boolean;
  /** The raw mapping; null for anything else, and if it is not {@link isPlainJson}. */
  mapping(): Readonly<Record<string, unknown>> | null;
  list(maxItems?: number): readonly JsonReader[];
  entries(maxItems?: number): readonly (readonly [string, JsonReader])[];
}

/** Undefined for invalid JSON. */
export function parseJson(text: string, path = ''): JsonReader | undefined {
  try {
    return readJson(JSON.parse(text), path);
  } catch {
    return undefined;
  }
}

/** Services, plugins and environments have no longer names. */
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
