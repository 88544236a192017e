/** Levels of lists and mappings in foreign data; what we write ourselves has a dozen. */
const maxLevels = 64;

/**
 * Whether parsed JSON can be worked with: not nested so deep that code which recurses would overflow, and without the infinity
 * that `1e999` is read as. Goes level by level itself.
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
