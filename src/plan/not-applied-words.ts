import { canonicalJson } from '../fleet/digest.ts';
import type { NotApplied } from '../fleet/plan.ts';
import type { PlanView } from './plan-view.ts';
import { counted } from './plan-words.ts';

/** Equal settings of several resources. */
export interface NotAppliedGroup extends Pick<NotApplied, 'field' | 'value' | 'why'> {
  readonly resources: readonly string[];
}

export const notAppliedTitle = 'Accepted and not applied by this version';

/** Equal settings are told once, at the place of the first. */
export function notAppliedGroups(settings: readonly NotApplied[]): readonly NotAppliedGroup[] {
  const groups = Map.groupBy(settings, ({ field, value, why }) => canonicalJson({ field, value, why }));
  return [...groups.values()].flatMap((all) =>
    all.slice(0, 1).map(({ field, value, why }) => ({
      field,
      value,
      why,
      resources: all.map(({ resource }) => resource),
    })),
  );
}

/** `, except for 2 settings that this version does not apply`; empty if everything is applied. */
export function exceptWords({ notApplied }: Pick<PlanView, 'notApplied'>): string {
  if (notApplied.length === 0) return '';
  return `, except for ${counted(notApplied.length, 'setting')} that this version does not apply`;
}
