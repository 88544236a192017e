/**
 * Parses and writes one value of a record. People can edit records and saved files, and these may have another version: an invalid
 * value is parsed as undefined, and omitted by the containing value.
 */
export interface Codec<T> {
  readonly read: (raw: unknown) => T | undefined;
  /** The value as JSON. */
  readonly write: (value: T) => unknown;
}

const same = (value: unknown) => value;

export const text: Codec<string> = {
  read: (raw) => (typeof raw === 'string' ? raw : undefined),
  write: same,
};

export const number: Codec<number> = {
  read: (raw) => (typeof raw === 'number' ? raw : undefined),
  write: same,
};

export const flag: Codec<boolean> = {
  read: (raw) => (typeof raw === 'boolean' ? raw : undefined),
  write: same,
};

export type Json = Readonly<Record<string, unknown>>;

/** A mapping with arbitrary members. */
export const json: Codec<Json> = {
  read: (raw) => (isMapping(raw) ? raw : undefined),
  write: same,
};

export function matching<T extends string>(pattern: RegExp): Codec<T> {
  return {
    read: (raw) => (typeof raw === 'string' && pattern.test(raw) ? (raw as T) : undefined),
    write: same,
  };
}

export function oneOf<const T extends string>(values: readonly T[]): Codec<T> {
  return { read: (raw) => values.find((value) => value === raw), write: same };
}

/** Larger than any real list of a node or environment. */
const maxItems = 1000;

/** Invalid items are omitted. */
export function list<T>(item: Codec<T>): Codec<readonly T[]> {
  return {
    read: (raw) => {
      if (!Array.isArray(raw)) return undefined;
      const found: T[] = [];
      for (const one of raw.length > maxItems ? raw.slice(0, maxItems) : raw) {
        const value = item.read(one);
        if (value !== undefined) found.push(value);
      }
      return found;
    },
    write: (values) => values.map(item.write),
  };
}

/** A mapping from names to values of one type. */
export function mapping<T>(item: Codec<T>): Codec<Readonly<Record<string, T>>> {
  return {
    read: (raw) => {
      if (!isMapping(raw)) return undefined;
      const entries = Object.entries(raw).map(([key, value]) => [key, item.read(value)] as const);
      return Object.fromEntries(entries.filter((entry): entry is [string, T] => entry[1] !== undefined));
    },
    write: (values) =>
      Object.fromEntries(Object.entries(values).map(([key, value]) => [key, item.write(value)])),
  };
}

/** Converts between the values of the code and those of the record. */
export function mapped<T, U>(
  codec: Codec<T>,
  read: (value: T) => U | undefined,
  write: (value: U) => T,
): Codec<U> {
  return {
    read: (raw) => {
      const value = codec.read(raw);
      return value === undefined ? undefined : read(value);
    },
    write: (value) => codec.write(write(value)),
  };
}

/** One member of an object. */
interface Field<T> {
  readonly codec: Codec<T>;
  /** Default value, which is not written. Without it the member is required, or optional. */
  readonly usual?: { readonly value: T };
  readonly isOptional: boolean;
  /** Written even if it has its default value. */
  readonly isAlwaysWritten?: true;
  /** Its name in earlier versions. */
  readonly formerly?: string;
}

type Required<T> = Field<T> & { readonly isOptional: false };
type Optional<T> = Field<T> & { readonly isOptional: true };

export function required<T>(codec: Codec<T>): Required<T> {
  return { codec, isOptional: false };
}

/** A member that is omitted if it has its default value. */
export function usually<T, const U>(codec: Codec<T>, value: U, formerly?: string): Required<T | U> {
  return {
    codec: codec as Codec<T | U>,
    usual: { value },
    isOptional: false,
    ...(formerly === undefined ? {} : { formerly }),
  };
}

/** A member that is always written; an invalid value is replaced by a default. */
export function otherwise<T, const U>(codec: Codec<T>, value: U): Required<T | U> {
  return { ...usually(codec, value), isAlwaysWritten: true };
}

export function optional<T>(codec: Codec<T>): Optional<T> {
  return { codec, isOptional: true };
}

// biome-ignore lint/suspicious/noExplicitAny: fields of any type
type Fields = Readonly<Record<string, Field<any>>>;

type ObjectOf<F extends Fields> = {
  readonly [K in keyof F as F[K] extends { readonly isOptional: false } ? K : never]: F[K] extends Field<
    infer T
  >
    ? T
    : never;
} & {
  readonly [K in keyof F as F[K] extends { readonly isOptional: true } ? K : never]?: F[K] extends Field<
    infer T
  >
    ? T
    : never;
};

/** Written in the order of its fields. Undefined when a required member is invalid. */
export function object<const F extends Fields>(fields: F): Codec<ObjectOf<F>> {
  const entries = Object.entries(fields);
  return {
    read: (raw) => {
      if (!isMapping(raw)) return undefined;
      const result: Record<string, unknown> = {};
      for (const [key, { codec, usual, isOptional, formerly }] of entries) {
        const written = formerly !== undefined && !Object.hasOwn(raw, key) ? raw[formerly] : raw[key];
        const value = written === undefined ? undefined : codec.read(written);
        if (value !== undefined) result[key] = value;
        else if (usual !== undefined) result[key] = usual.value;
        else if (!isOptional) return undefined;
      }
      return result as ObjectOf<F>;
    },
    write: (value) => {
      const result: Record<string, unknown> = {};
      for (const [key, { codec, usual, isAlwaysWritten = false }] of entries) {
        const own: unknown = (value as Json)[key];
        if (own === undefined) continue;
        if (usual !== undefined && !isAlwaysWritten && isUsual(own, usual.value)) continue;
        result[key] = codec.write(own);
      }
      return result;
    },
  };
}

function isUsual(value: unknown, usual: unknown): boolean {
  return value === usual || (isEmpty(value) && isEmpty(usual));
}

/** An empty list or mapping. */
function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

function isMapping(raw: unknown): raw is Json {
  return typeof raw === 'object' && raw !== null && !Array.isArray(raw);
}
