import { errors } from '../fleet/error-catalogue.ts';
import { PressluftError } from '../fleet/errors.ts';
import { isPlainJson } from '../fleet/plain-json.ts';

/** Reads untrusted JSON field by field; every getter gives a fallback instead of trusting a shape. */
export interface JsonReader {
  readonly raw: unknown;
  at(key: string): JsonReader;
  text(maxLength?: number): string | null;
  number(): number | null;
  flag(): boolean;
  /** A mapping as it is; null for anything else, and for one that is not {@link isPlainJson}. */
  mapping(): Readonly<Record<string, unknown>> | null;
  list(maxItems?: number): readonly JsonReader[];
  entries(maxItems?: number): readonly (readonly [string, JsonReader])[];
}

/** Longer names are no names of services, plugins or environments. */
const maxKeyLength = 256;

export function parseJson(text: string, what: string): JsonReader {
  try {
    return readJson(JSON.parse(text));
  } catch (cause) {
    throw new PressluftError(
      errors.nodeReplyInvalid,
      `${what} did not answer with JSON: ${text.slice(0, 200)}`,
      { cause },
    );
  }
}

export function readJson(raw: unknown): JsonReader {
  const record = typeof raw === 'object' && raw !== null && !Array.isArray(raw) ? raw : {};
  return {
    raw,
    at: (key) => readJson(Object.hasOwn(record, key) ? (record as Record<string, unknown>)[key] : undefined),
    text: (maxLength = 1024) => (typeof raw === 'string' ? raw.slice(0, maxLength) : null),
    number: () => (typeof raw === 'number' && Number.isFinite(raw) ? raw : null),
    flag: () => raw === true,
    mapping: () => (raw === record && isPlainJson(raw) ? (record as Record<string, unknown>) : null),
    list: (maxItems = 1000) => (Array.isArray(raw) ? raw.slice(0, maxItems).map(readJson) : []),
    entries: (maxItems = 1000) =>
      Object.entries(record)
        .filter(([key]) => key !== '__proto__' && key.length <= maxKeyLength)
        .slice(0, maxItems)
        .map(([key, value]) => [key, readJson(value)] as const),
  };
}
