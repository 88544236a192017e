import type { Json } from '../fleet/digest.ts';

/** A field of a value that may not have passed its schema; undefined when it or a parent is absent or of another type. */
export function valueAt(value: Json | undefined, ...path: readonly string[]): Json | undefined {
  let current: Json | undefined = value;
  for (const key of path) {
    if (!isObject(current) || !Object.hasOwn(current, key)) return undefined;
    current = current[key];
  }
  return current;
}

export function stringAt(value: Json | undefined, ...path: readonly string[]): string | undefined {
  const found = valueAt(value, ...path);
  return typeof found === 'string' ? found : undefined;
}

/** Members of a mapping; none when it is absent or something else. */
export function entriesAt(
  value: Json | undefined,
  ...path: readonly string[]
): readonly (readonly [string, Json])[] {
  const found = valueAt(value, ...path);
  return isObject(found) ? Object.entries(found) : [];
}

/** Text items of a list with their index; none when it is absent or something else. */
export function textsAt(
  value: Json | undefined,
  ...path: readonly string[]
): readonly (readonly [number, string])[] {
  const found = valueAt(value, ...path);
  if (!Array.isArray(found)) return [];
  const texts: (readonly [number, string])[] = [];
  for (const [index, item] of found.entries()) {
    if (typeof item === 'string') texts.push([index, item]);
  }
  return texts;
}

export function isObject(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
