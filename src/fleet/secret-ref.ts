/** A reference to a secret; the value itself never enters the fleet model. */
export type SecretRef =
  | { readonly kind: 'env'; readonly name: string }
  | { readonly kind: 'file'; readonly path: string }
  /** A value in a SOPS file of the repository, by its keys from the top, e.g. `['cloud', 'token']`. */
  | { readonly kind: 'sops'; readonly file: string; readonly key: readonly string[] };
