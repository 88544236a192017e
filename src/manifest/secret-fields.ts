import type { Json } from '../fleet/digest.ts';
import type { ResourceKind } from '../fleet/resource.ts';
import { manifestKinds } from './kinds/index.ts';
import type { SecretField } from './parsed-file.ts';
import { isObject, valueAt } from './plain.ts';

/** Every place where a document refers to a secret; also of documents that are broken elsewhere. */
export function secretFields(kind: ResourceKind, value: Json): readonly SecretField[] {
  return manifestKinds[kind].secrets.flatMap(({ path, providerToken = false, sentTo }) =>
    placesOf(value, ['spec', ...path]).map((found) => ({
      ...found,
      providerToken,
      name: path.join('.'),
      sentTo: sentTo === undefined ? null : hostOf(sentTo(value, around(value, found.path))),
    })),
  );
}

/** The mapping that contains a field. */
function around(value: Json, path: readonly string[]): Json | undefined {
  return path
    .slice(0, -1)
    .reduce<Json | undefined>(
      (at, key) => (Array.isArray(at) ? (at as readonly Json[])[Number(key)] : valueAt(at, key)),
      value,
    );
}

/** Empty for a URL that cannot be read: no grant allows that. */
function hostOf(url: string | undefined): string {
  return url !== undefined && URL.canParse(url) ? new URL(url).host : '';
}

/** Kinds that may refer to secrets, in the order of the registry. */
export const kindsWithSecrets: readonly ResourceKind[] = Object.entries(manifestKinds).flatMap(
  ([kind, { secrets }]) => (secrets.length === 0 ? [] : [kind as ResourceKind]),
);

function placesOf(value: Json, path: readonly string[]): readonly Pick<SecretField, 'path' | 'value'>[] {
  const every = path.indexOf('*');
  const before = every === -1 ? path : path.slice(0, every);
  const found = valueAt(value, ...before);
  if (every === -1) return isObject(found) ? [{ path, value: found }] : [];
  if (!Array.isArray(found)) return [];
  return found.flatMap((item: Json, index) =>
    placesOf(item, path.slice(every + 1)).map((place) => ({
      ...place,
      path: [...before, String(index), ...place.path],
    })),
  );
}
