/** Whether a retry can help: never, after the back-off, or after `afterMs`. */
export type Retry =
  | { readonly kind: 'never' }
  | { readonly kind: 'backoff' }
  | { readonly kind: 'after'; readonly afterMs: number };

/** Catalogue entry of an operating error. */
export interface ErrorEntry {
  /** Stable and public; never reused. */
  readonly code: string;
  readonly title: string;
  /** Why it happens, and what Pressluft does in the meantime. */
  readonly cause: string;
  /** What a person should do. */
  readonly cure: string;
  readonly retry: Retry;
}

export const never: Retry = { kind: 'never' };
export const backoff: Retry = { kind: 'backoff' };

type Catalogue = Readonly<Record<string, { readonly code: string }>>;

/** The code of each entry of a catalogue by the name of the entry. */
export function codesOf<const C extends Catalogue>(
  catalogue: C,
): { readonly [Name in keyof C]: C[Name]['code'] } {
  const codes = Object.entries(catalogue).map(([name, { code }]) => [name, code]);
  return Object.fromEntries(codes) as { readonly [Name in keyof C]: C[Name]['code'] };
}

/** The entries of a catalogue by their codes. */
export function byCode<Entry extends { readonly code: string }, Code extends string = Entry['code']>(
  catalogue: Readonly<Record<string, Entry & { readonly code: Code }>>,
): Readonly<Record<Code, Entry>> {
  const entries = Object.values(catalogue).map((entry) => [entry.code, entry]);
  return Object.fromEntries(entries) as Readonly<Record<Code, Entry>>;
}
