import type { ResourceRef } from '../fleet/brand.ts';
import type { Json } from '../fleet/digest.ts';
import { perKind, type ResourceKind } from '../fleet/resource.ts';
import { manifestKinds } from './kinds/index.ts';
import type { Reference } from './parsed-file.ts';
import { stringAt } from './plain.ts';

/** The references of a document, as far as they can be read; also of documents that are broken elsewhere. */
export function referencesOf(kind: ResourceKind, value: Json): readonly Reference[] {
  return fields[kind].flatMap(({ field, path, target, strength, alternative = '' }) => {
    const name = stringAt(value, ...path);
    if (name === undefined) return [];
    return [
      {
        field,
        targetKind: target,
        target: `${target.toLowerCase()}/${name}` as ResourceRef,
        quarantinedWithTarget: strength !== 'creation',
        shields: strength === 'required',
        alternative,
      },
    ];
  });
}

const fields = perKind((kind) =>
  manifestKinds[kind].references.map((reference) => ({
    ...reference,
    path: ['spec', ...reference.field.split('.')],
  })),
);

/** Kinds whose documents can refer to others. */
export const referringKinds: readonly ResourceKind[] = Object.entries(fields).flatMap(([kind, references]) =>
  references.length === 0 ? [] : [kind as ResourceKind],
);
