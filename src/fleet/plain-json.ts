/** Maximum nesting of lists and mappings in untrusted data; our own documents have about a dozen levels. */
const maxLevels = 64;

/**
 * Whether parsed JSON is safe to use: not nested so deep that recursive code would overflow, and without infinite numbers, as
 * `1e999` is parsed. Iterates level by level itself.
 */
export function isPlainJson(value: unknown): boolean {
  let open: readonly unknown[] = [value];
  for (let level = 0; open.length > 0; level++) {
    const nested = open.filter(isNested);
    if (open.some((at) => typeof at === 'number' && !Number.isFinite(at))) return false;
    if (nested.length > 0 && level === maxLevels) return false;
    open = nested.flatMap((at) => Object.values(at));
  }
  return true;
}

function isNested(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
