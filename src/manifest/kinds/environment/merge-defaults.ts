/** `own` over `defaults`: maps are merged key by key, everything else is replaced. Neither is changed. */
export function mergeDefaults<T extends object>(defaults: T, own: T): T {
  return mergeMaps(new Map(Object.entries(defaults)), Object.entries(own)) as T;
}

function mergeMaps(merged: Map<string, unknown>, own: readonly (readonly [string, unknown])[]): object {
  for (const [key, value] of own) {
    const inherited = merged.get(key);
    merged.set(key, isMap(inherited) && isMap(value) ? mergeDefaults(inherited, value) : value);
  }
  return Object.fromEntries(merged);
}

function isMap(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
