/** Current and former server types of a provider, known without asking it. */
export interface KnownOffers {
  /** In order of preference: the first type that fits is suggested. */
  readonly serverTypes: readonly KnownServerType[];
  readonly locations: readonly string[];
}

export interface KnownServerType {
  readonly name: string;
  readonly cores: number;
  readonly memoryMib: number;
  readonly diskGib: number;
  readonly architecture: 'x86' | 'arm';
  /** Where and since when it cannot be ordered any more; existing servers keep running. */
  readonly retired?: Retirement;
}

export interface Retirement {
  /** The day from which it cannot be ordered, e.g. `2026-01-01`; null when it was long ago. */
  readonly since: string | null;
  /** Null for everywhere. */
  readonly locations: readonly string[] | null;
}

export function findServerType({ serverTypes }: KnownOffers, name: string): KnownServerType | undefined {
  return serverTypes.find((type) => type.name === name);
}

/** Whether it could be ordered in a location when the list was created. */
export function isSold({ retired }: KnownServerType, location: string): boolean {
  return retired === undefined || (retired.locations !== null && !retired.locations.includes(location));
}

type Size = Pick<KnownServerType, 'name' | 'cores' | 'memoryMib' | 'architecture'>;

/**
 * Replacement types: same architecture, at least the same cores and memory, smallest first, at most three.
 * Ties: same family first, then in the order of the list.
 */
export function alternativesTo<T extends Size>(
  wanted: Pick<Size, 'cores' | 'memoryMib' | 'architecture'> & { readonly name?: string },
  candidates: readonly T[],
): readonly T[] {
  return candidates
    .filter(
      (type) =>
        type.name !== wanted.name &&
        type.architecture === wanted.architecture &&
        type.cores >= wanted.cores &&
        type.memoryMib >= wanted.memoryMib,
    )
    .sort(
      (a, b) =>
        a.memoryMib - b.memoryMib ||
        Number(familyOf(b) === familyOf(wanted)) - Number(familyOf(a) === familyOf(wanted)) ||
        a.cores - b.cores,
    )
    .slice(0, 3);
}

/** `cx` of `cx23`. */
function familyOf({ name }: { readonly name?: string }): string {
  return (name ?? '').replace(/\d.*$/, '');
}
