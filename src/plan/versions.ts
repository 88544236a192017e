/**
 * Compares dotted versions number by number (`7.10` is newer than `7.9`); a pre-release (`7.2-beta1`) is older than its release.
 * Negative when `a` is older.
 */
export function compareVersions(a: string, b: string): number {
  const [baseA = '', ...tagsA] = a.split('-');
  const [baseB = '', ...tagsB] = b.split('-');
  const left = baseA.split('.');
  const right = baseB.split('.');
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = numberOf(left[i]) - numberOf(right[i]);
    if (difference !== 0) return difference;
  }
  return compareTags(tagsA.join('-'), tagsB.join('-'));
}

function compareTags(a: string, b: string): number {
  if (a === b) return 0;
  if (a === '') return 1;
  if (b === '') return -1;
  return a < b ? -1 : 1;
}

function numberOf(part: string | undefined): number {
  const number = Number.parseInt(part ?? '0', 10);
  return Number.isNaN(number) ? 0 : number;
}
