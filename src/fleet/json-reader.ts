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
  return new JsonValue(raw, path);
}

/** A class, since every pass reads thousands of members and functions of their own for each would cost more than reading them. */
class JsonValue implements JsonReader {
  readonly raw: unknown;
  readonly kind: JsonReader['kind'];
  readonly path: string;

  constructor(raw: unknown, path: string) {
    this.raw = raw;
    this.kind = kindOf(raw);
    this.path = path;
  }

  at(key: string): JsonReader {
    const record = this.#record();
    return new JsonValue(Object.hasOwn(record, key) ? record[key] : undefined, this.#pathOf(key));
  }

  text(maxLength = 1024): string | null {
    return typeof this.raw === 'string' ? this.raw.slice(0, maxLength) : null;
  }

  oneOf<T extends string>(values: readonly T[]): T | null {
    return values.find((value) => value === this.raw) ?? null;
  }

  number(): number | null {
    return typeof this.raw === 'number' && Number.isFinite(this.raw) ? this.raw : null;
  }

  integer(): number | null {
    return Number.isSafeInteger(this.raw) ? (this.raw as number) : null;
  }

  flag(): boolean {
    return this.raw === true;
  }

  mapping(): Readonly<Record<string, unknown>> | null {
    return this.kind === 'mapping' && isPlainJson(this.raw) ? this.#record() : null;
  }

  list(maxItems = 1000): readonly JsonReader[] {
    if (!Array.isArray(this.raw)) return [];
    return this.raw
      .slice(0, maxItems)
      .map((item: unknown, index) => new JsonValue(item, `${this.path}[${index}]`));
  }

  entries(maxItems = 1000): readonly (readonly [string, JsonReader])[] {
    return Object.entries(this.#record())
      .filter(([key]) => key !== '__proto__' && key.length <= maxKeyLength)
      .slice(0, maxItems)
      .map(([key, value]) => [key, new JsonValue(value, this.#pathOf(key))] as const);
  }

  #record(): Readonly<Record<string, unknown>> {
    return this.kind === 'mapping' ? (this.raw as Readonly<Record<string, unknown>>) : none;
  }

  #pathOf(key: string): string {
    const { path } = this;
    return path === '' || path.endsWith(' ') ? path + key : `${path}.${key}`;
  }
}

const none: Readonly<Record<string, unknown>> = {};

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
