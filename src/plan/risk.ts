import type { FieldChange, Risk } from '../fleet/plan.ts';

/** From least to most harmful. */
export const risksInOrder: readonly Risk[] = ['none', 'restart', 'downtime', 'data'];

/**
 * Risk of changing a field of an environment's task for a running site; the first match counts. Fields that are not listed take effect by
 * a reload or in WordPress itself, without an interruption.
 *
 * Every version change is a risk to the data, including patch releases: WordPress and plugins change their tables whenever the
 * new code asks for another database version (https://developer.wordpress.org/reference/functions/wp_upgrade/), and neither undoes it.
 */
const rules: readonly (readonly [RegExp, Risk])[] = [
  [/^wordpress\.(version|sha256)$/, 'data'],
  [/^wordpress\.plugins(\.|$)/, 'data'],
  // After the change the new address is written into posts and options and cannot be removed reliably.
  [/^site_url$/, 'data'],
  // Location of the data: a manifest never changes it; if it did, the change must not count as harmless.
  [/^(uid|unix_user|database|database_user)$/, 'data'],
  [/^(php\.version|state)$/, 'downtime'],
  [/^(php|cache)(\.|$)/, 'restart'],
  [/^redis_/, 'restart'],
];

export function riskOfField(field: string): Risk {
  return rules.find(([pattern]) => pattern.test(field))?.[1] ?? 'none';
}

/** Risk of applying the changes to a running site: the highest risk of its fields. */
export function riskOf(changes: readonly FieldChange[]): Risk {
  const change = riskiest(changes);
  return change === undefined ? 'none' : riskOfField(change.field);
}

/** The change with the highest risk; the first one among equals. */
export function riskiest(changes: readonly FieldChange[]): FieldChange | undefined {
  let worst: FieldChange | undefined;
  for (const change of changes) {
    if (worst === undefined || rankOf(change) > rankOf(worst)) worst = change;
  }
  return worst;
}

function rankOf({ field }: FieldChange): number {
  return risksInOrder.indexOf(riskOfField(field));
}
