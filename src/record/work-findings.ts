import type { ResourceRef } from '../fleet/brand.ts';
import type { Action, Blocked, Plan } from '../fleet/plan.ts';
import { type Finding, finding, notReady } from './conditions.ts';

/** What is still to be done or held back, by resource: the first of each. */
export interface WorkIndex {
  readonly blocked: ReadonlyMap<ResourceRef, Blocked>;
  readonly actions: ReadonlyMap<ResourceRef, Action>;
}

export function indexWork({ blocked, actions }: Plan): WorkIndex {
  // Later entries win in a map, and the first one is wanted.
  return {
    blocked: new Map(blocked.toReversed().map((item) => [item.resource, item])),
    actions: new Map(actions.toReversed().map((action) => [action.resource, action])),
  };
}

/** What is still to be done for a resource, as conditions; empty when nothing is. */
export function workOf(work: WorkIndex, ref: ResourceRef): readonly Finding[] {
  const held = work.blocked.get(ref);
  if (held !== undefined) return blockedFindings(held);
  const action = work.actions.get(ref);
  if (action === undefined) return [];
  const reconciling = finding('Reconciling', 'True', action.reason, action.message);
  const drifted =
    action.reason === 'Drifted'
      ? [finding('Drifted', 'True', 'Drifted', action.changes.map((change) => change.field).join(', '))]
      : [];
  return [notReady('Pending', action.message), reconciling, ...drifted];
}

function blockedFindings(held: Blocked): readonly Finding[] {
  const reason = pascalCase(held.reason);
  const base = notReady(reason, held.message, held.nextStep);
  if (held.needsPerson) return [base, finding('Stalled', 'True', reason, held.message, held.nextStep)];
  const { notBefore, timezone } = held;
  const moment = {
    ...(notBefore === undefined ? {} : { notBefore }),
    ...(notBefore === undefined || timezone === undefined ? {} : { timezone }),
  };
  return [base, { ...finding('Reconciling', 'True', reason, held.message, held.nextStep), ...moment }];
}

function pascalCase(code: string): string {
  return code.replace(/(^|_)([a-z])/g, (_, __, letter: string) => letter.toUpperCase());
}
