/**
 * The candidate that `text` is probably a misspelling of: equal except for case, dashes and underscores, or with a distance of at most
 * a third of its characters (optimal string alignment distance) and `most`. The first of equal candidates wins.
 */
export function nearest(text: string, candidates: Iterable<string>, most = 64): string | undefined {
  if (text.length === 0 || text.length > 64) return undefined;
  const wanted = fold(text);
  let best: string | undefined;
  let bestDistance = Math.min(most, Math.max(1, Math.floor(text.length / 3))) + 1;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - text.length) > bestDistance + 2 || candidate.length > 64) continue;
    const folded = fold(candidate);
    const distance = folded === wanted ? 0 : editDistance(wanted, folded, bestDistance);
    if (distance < bestDistance && candidate !== text) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

function fold(text: string): string {
  return text.toLowerCase().replaceAll(/[-_]/g, '');
}

/** Optimal string alignment distance, or `limit` when it is at least that. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    let smallest = i;
    for (let j = 1; j <= b.length; j++) {
      const substitution = at(previous, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let cost = Math.min(at(previous, j) + 1, at(current, j - 1) + 1, substitution);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, at(beforePrevious, j - 2) + 1);
      }
      current.push(cost);
      smallest = Math.min(smallest, cost);
    }
    if (smallest >= limit) return limit;
    beforePrevious = previous;
    previous = current;
  }
  return Math.min(limit, at(previous, b.length));
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.MAX_SAFE_INTEGER;
}

/** The name of the IANA database that was probably intended; a city alone, or with the wrong continent, finds its zone. */
export function nearestTimezone(text: string): string | undefined {
  const names = Intl.supportedValuesOf('timeZone');
  const wanted = fold(text.slice(text.lastIndexOf('/') + 1));
  return nearest(text, names) ?? names.find((name) => fold(name.slice(name.lastIndexOf('/') + 1)) === wanted);
}
