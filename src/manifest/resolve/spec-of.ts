import type { Metadata, SpecOfKind } from '../documents.ts';
import type { ParsedDocument } from '../parse-file.ts';

/** The spec of a document that passed its schema. */
export function specOf<K extends keyof SpecOfKind>(kind: K, document: ParsedDocument): SpecOfKind[K] {
  if (document.kind !== kind || !document.valid)
    throw new TypeError(`${document.ref} is not a valid ${kind}`);
  return ((document.value as { readonly spec?: unknown }).spec ?? {}) as SpecOfKind[K];
}

export function metadataOf(document: ParsedDocument): Metadata {
  return (document.value as unknown as { readonly metadata: Metadata }).metadata;
}
