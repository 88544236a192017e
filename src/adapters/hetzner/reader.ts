import { errors } from '../../fleet/error-catalogue.ts';
import { PressluftError } from '../../fleet/errors.ts';

/** An object of a reply together with where it was found, so that a bad field can be named. */
export interface Fields {
  readonly value: object;
  /** E.g. `GET /servers → servers[3]`. */
  readonly at: string;
  /** Of a whole reply: how long it was. */
  readonly sizeBytes?: number;
}

const maxTextLength = 64 * 1024;

/** Replies are untrusted: every function here returns what its name says or throws PL4010 with the path of the field. */
export function fields(value: unknown, at: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed(at, 'an object');
  return { value, at };
}

export function object(parent: Fields, key: string): Fields {
  return fields(own(parent, key), pathOf(parent, key));
}

/** Null when the member is null or absent. */
export function objectOrNull(parent: Fields, key: string): Fields | null {
  const value = own(parent, key);
  return value === null || value === undefined ? null : fields(value, pathOf(parent, key));
}

export function objects(parent: Fields, key: string, maxLength: number): readonly Fields[] {
  return list(parent, key, maxLength).map((item, index) => fields(item, `${pathOf(parent, key)}[${index}]`));
}

/** Empty when the member is null or absent. */
export function texts(parent: Fields, key: string, maxLength: number): readonly string[] {
  const value = own(parent, key);
  if (value === null || value === undefined) return [];
  return list(parent, key, maxLength).map((item, index) => {
    if (typeof item !== 'string') throw malformed(`${pathOf(parent, key)}[${index}]`, 'a string');
    return item;
  });
}

export function text(parent: Fields, key: string): string {
  const value = own(parent, key);
  if (typeof value !== 'string' || value.length > maxTextLength)
    throw malformed(pathOf(parent, key), 'a string');
  return value;
}

/** Null when the member is null or absent. */
export function textOrNull(parent: Fields, key: string): string | null {
  const value = own(parent, key);
  return value === null || value === undefined ? null : text(parent, key);
}

/** A positive integer that a number can hold exactly. */
export function id(parent: Fields, key: string): number {
  const value = own(parent, key);
  if (!Number.isSafeInteger(value) || Number(value) < 1)
    throw malformed(pathOf(parent, key), 'a positive integer');
  return Number(value);
}

/** Null when the member is null or absent. */
export function integerOrNull(parent: Fields, key: string): number | null {
  const value = own(parent, key);
  if (value === null || value === undefined) return null;
  if (!Number.isSafeInteger(value)) throw malformed(pathOf(parent, key), 'an integer');
  return Number(value);
}

export function flag(parent: Fields, key: string): boolean {
  const value = own(parent, key);
  if (typeof value !== 'boolean') throw malformed(pathOf(parent, key), 'true or false');
  return value;
}

/** A finite number above zero, and not absurdly large. */
export function size(parent: Fields, key: string): number {
  const value = own(parent, key);
  if (typeof value !== 'number' || !(value > 0 && value <= 1_000_000))
    throw malformed(pathOf(parent, key), 'a number above zero');
  return value;
}

export function oneOf<T extends string>(parent: Fields, key: string, values: readonly T[]): T {
  const value = own(parent, key);
  const known = values.find((candidate) => candidate === value);
  if (known === undefined) throw malformed(pathOf(parent, key), `one of ${values.join(', ')}`);
  return known;
}

/** Label values by key; absent labels are none. Entries are defined, never assigned, so `__proto__` is a key like others. */
export function labels(parent: Fields, key: string): Readonly<Record<string, string>> {
  const value = own(parent, key);
  if (value === null || value === undefined) return {};
  const entries = Object.entries(fields(value, pathOf(parent, key)).value);
  for (const [name, label] of entries) {
    if (typeof label !== 'string') throw malformed(`${pathOf(parent, key)}.${name.slice(0, 80)}`, 'a string');
  }
  return Object.fromEntries(entries);
}

export function malformed(at: string, expected: string): PressluftError {
  return new PressluftError(errors.providerReplyInvalid, `${at}: ${expected} was expected`, {
    hint: 'Check that the endpoint is the API of the provider and that nothing in between changes its answers.',
    // A create whose reply cannot be read may well have created something.
    details: { undecided: true, apiCode: null },
  });
}

function list(parent: Fields, key: string, maxLength: number): readonly unknown[] {
  const value = own(parent, key);
  if (!Array.isArray(value)) throw malformed(pathOf(parent, key), 'a list');
  if (value.length > maxLength) throw malformed(pathOf(parent, key), `a list of at most ${maxLength}`);
  return value;
}

function own(parent: Fields, key: string): unknown {
  return Object.hasOwn(parent.value, key) ? Reflect.get(parent.value, key) : undefined;
}

function pathOf(parent: Fields, key: string): string {
  return parent.at.endsWith('→') ? `${parent.at} ${key}` : `${parent.at}.${key}`;
}
