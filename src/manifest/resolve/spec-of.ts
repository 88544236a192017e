import type { ResourceKind } from '../../fleet/resource.ts';
import type { ParsedDocument } from '../parsed-file.ts';

export interface Metadata {
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** The spec of a document that passed its schema; `Spec` is the type that the schema of the kind describes. */
export function specOf<Spec extends object>(kind: ResourceKind, document: ParsedDocument): Spec {
  if (document.kind !== kind || !document.valid)
    throw new TypeError(`${document.ref} is not a valid ${kind}`);
  return ((document.value as { readonly spec?: unknown }).spec ?? {}) as Spec;
}

export function metadataOf(document: ParsedDocument): Metadata {
  return (document.value as unknown as { readonly metadata: Metadata }).metadata;
}
