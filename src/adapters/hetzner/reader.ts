import { errors } from '../../fleet/error-catalogue.ts';
import { PressluftError } from '../../fleet/errors.ts';
import { type JsonReader, readJson } from '../../fleet/json-reader.ts';

/** An object in a reply. */
export interface Fields extends JsonReader {
  readonly kind: 'mapping';
  /** Size of a whole reply. */
  readonly sizeBytes?: number;
}

const maxTextLength = 64 * 1024;

/**
 * Replies are untrusted: every function here returns a checked value, or throws `providerReplyInvalid` with the path of the field, e.g.
 * `GET /servers → servers[3]`.
 */
export function fields(value: unknown, path: string): Fields {
  return mapping(readJson(value, path));
}

export function object(parent: Fields, key: string): Fields {
  return mapping(parent.at(key));
}

/** Null when the member is null or absent. */
export function objectOrNull(parent: Fields, key: string): Fields | null {
  const value = parent.at(key);
  return value.kind === 'nothing' ? null : mapping(value);
}

export function objects(parent: Fields, key: string, maxLength: number): readonly Fields[] {
  return list(parent.at(key), maxLength).map(mapping);
}

/** Empty when the member is null or absent. */
export function texts(parent: Fields, key: string, maxLength: number): readonly string[] {
  const value = parent.at(key);
  if (value.kind === 'nothing') return [];
  return list(value, maxLength).map((item) => needed(item, item.text(Number.POSITIVE_INFINITY), 'a string'));
}

export function text(parent: Fields, key: string): string {
  const value = parent.at(key);
  const found = needed(value, value.text(maxTextLength + 1), 'a string');
  if (found.length > maxTextLength) throw malformed(value.path, 'a string');
  return found;
}

/** Null when the member is null or absent. */
export function textOrNull(parent: Fields, key: string): string | null {
  return parent.at(key).kind === 'nothing' ? null : text(parent, key);
}

/** A positive safe integer. */
export function id(parent: Fields, key: string): number {
  const value = parent.at(key);
  const found = value.integer() ?? 0;
  if (found < 1) throw malformed(value.path, 'a positive integer');
  return found;
}

/** Null when the member is null or absent. */
export function integerOrNull(parent: Fields, key: string): number | null {
  const value = parent.at(key);
  return value.kind === 'nothing' ? null : needed(value, value.integer(), 'an integer');
}

export function flag(parent: Fields, key: string): boolean {
  const value = parent.at(key);
  if (value.kind !== 'flag') throw malformed(value.path, 'true or false');
  return value.flag();
}

/** A finite number above zero, at most one million. */
export function size(parent: Fields, key: string): number {
  const value = parent.at(key);
  const found = value.number() ?? 0;
  if (found <= 0 || found > 1_000_000) throw malformed(value.path, 'a number above zero');
  return found;
}

export function oneOf<T extends string>(parent: Fields, key: string, values: readonly T[]): T {
  const value = parent.at(key);
  return needed(value, value.oneOf(values), `one of ${values.join(', ')}`);
}

/** Label values by key; empty if absent. Entries are defined, never assigned, so `__proto__` is an ordinary key. */
export function labels(parent: Fields, key: string): Readonly<Record<string, string>> {
  const found = objectOrNull(parent, key);
  if (found === null) return {};
  const entries = Object.entries(found.raw as object);
  for (const [name, label] of entries) {
    if (typeof label !== 'string') throw malformed(`${found.path}.${name.slice(0, 80)}`, 'a string');
  }
  return Object.fromEntries(entries);
}

export function malformed(path: string, expected: string): PressluftError {
  return new PressluftError(errors.providerReplyInvalid, `${path.trimEnd()}: expected ${expected}`, {
    hint: 'Check that the endpoint is the API of the provider and that no proxy changes its answers.',
    // A create with an invalid reply may have taken effect.
    details: { undecided: true, apiCode: null },
  });
}

function mapping(value: JsonReader): Fields {
  if (value.kind !== 'mapping') throw malformed(value.path, 'an object');
  return value as Fields;
}

function list(value: JsonReader, maxLength: number): readonly JsonReader[] {
  if (value.kind !== 'list') throw malformed(value.path, 'a list');
  const items = value.list(maxLength + 1);
  if (items.length > maxLength) throw malformed(value.path, `a list of at most ${maxLength}`);
  return items;
}

function needed<T>(value: JsonReader, found: T | null, expected: string): T {
  if (found === null) throw malformed(value.path, expected);
  return found;
}
