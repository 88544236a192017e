import type { FieldChange, Risk } from '../fleet/plan.ts';

/** From harmless to harmful. */
export const risksInOrder: readonly Risk[] = ['none', 'restart', 'downtime', 'data'];

/**
 * What a change of a field of an environment's task can do to a running site; the first match counts. What is not listed is taken up by
 * a reload or by WordPress itself, without an interruption.
 *
 * Every change of a version is a risk to the data, patch releases as well: WordPress and plugins change their tables whenever the
 * new code asks for another database version (https://developer.wordpress.org/reference/functions/wp_upgrade/), and neither undoes it.
 */
const rules: readonly (readonly [RegExp, Risk])[] = [
  [/^wordpress\.(version|sha256)$/, 'data'],
  [/^wordpress\.plugins(\.|$)/, 'data'],
  // From then on the new address is written into posts and options, and nothing takes it out again.
  [/^site_url$/, 'data'],
  // Where the data are: never changed by a manifest, and not to be passed over if it ever is.
  [/^(uid|unix_user|database|database_user)$/, 'data'],
  [/^(php\.version|state)$/, 'downtime'],
  [/^(php|cache)(\.|$)/, 'restart'],
  [/^redis_/, 'restart'],
];

export function riskOfField(field: string): Risk {
  return rules.find(([pattern]) => pattern.test(field))?.[1] ?? 'none';
}

/** What carrying out the changes can do to a running site: the worst of its fields. */
export function riskOf(changes: readonly FieldChange[]): Risk {
  const change = riskiest(changes);
  return change === undefined ? 'none' : riskOfField(change.field);
}

/** The change with the worst risk; the first one among equals. */
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
