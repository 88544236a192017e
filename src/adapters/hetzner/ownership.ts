import { errors } from '../../fleet/error-catalogue.ts';
import { PressluftError } from '../../fleet/errors.ts';
import { fleetLabel, hostKeyLabel, resourceLabel, uidLabel } from '../../fleet/naming.ts';

export type Labels = Readonly<Record<string, string>>;

/** Whether two sets of labels name the same resource of the same fleet. A resource without labels is foreign. */
export function sameOwner(found: Labels, wanted: Labels): boolean {
  return [fleetLabel, uidLabel].every(
    (label) => wanted[label] !== undefined && found[label] === wanted[label],
  );
}

/** Label selector for these owner labels. */
export function ownerSelector(wanted: Labels): string {
  return [fleetLabel, uidLabel].map((label) => `${label}==${wanted[label] ?? ''}`).join(',');
}

const ownLabels = [fleetLabel, resourceLabel, uidLabel, hostKeyLabel];

/**
 * `found` are the labels of the resource, and `wanted` those that it would have if it were ours. It may be: after a lost reply nothing else
 * identifies a resource that somebody relabelled meanwhile.
 */
export function belongsToSomebodyElse(what: string, found: Labels, wanted: Labels): PressluftError {
  const missing = ownLabels
    .filter((label) => wanted[label] !== undefined && found[label] !== wanted[label])
    .map((label) => `${label}=${wanted[label]}`);
  return new PressluftError(
    errors.nameTaken,
    `${what} exists at the provider without the labels of this resource`,
    {
      hint: `If it is the one of this resource, put these labels back on it at the provider: ${missing.join(', ')}. Otherwise rename it there, or choose another name in the manifest: Pressluft never adopts resources that it did not create. Then run \`pressluft reconcile\`.`,
    },
  );
}
