import type { ResourceRef } from '../fleet/brand.ts';
import type { Action, Blocked, Plan } from '../fleet/plan.ts';
import { reconciling } from '../fleet/reasons/reason-entry.ts';
import { actionWords } from '../plan/action-words.ts';
import { type Finding, finding } from './conditions.ts';

/** The first pending or blocked item of each resource; one that stops nothing else, such as another server type, after all others. */
export interface WorkIndex {
  readonly blocked: ReadonlyMap<ResourceRef, Blocked>;
  readonly actions: ReadonlyMap<ResourceRef, Action>;
}

export function indexWork({ blocked, actions }: Pick<Plan, 'blocked' | 'actions'>): WorkIndex {
  const minor = blocked.filter(({ reason }) => reason === 'ServerDiffers');
  const byWeight = [...blocked.filter((item) => !minor.includes(item)), ...minor];
  // Reversed, because later entries win in a map and the first one is needed.
  return {
    blocked: new Map(byWeight.toReversed().map((item) => [item.resource, item])),
    actions: new Map(actions.toReversed().map((action) => [action.resource, action])),
  };
}

/** Pending and blocked work of a resource, as conditions; empty if there is none. */
export function workOf(work: WorkIndex, ref: ResourceRef): readonly Finding[] {
  const blocked = work.blocked.get(ref);
  if (blocked !== undefined) return blockedFindings(blocked);
  const action = work.actions.get(ref);
  if (action === undefined) return [];
  const message = actionWords(action);
  const drifted = action.changes.map((change) => change.field).join(', ');
  return [
    finding('Pending', message),
    { ...finding(action.reason, message), ...reconciling },
    ...(action.reason === 'Drifted'
      ? [{ ...finding('Drifted', drifted), type: 'Drifted', status: 'True' } as const]
      : []),
  ];
}

function blockedFindings(blocked: Blocked): readonly Finding[] {
  const { reason, message, nextStep, needsPerson, cause, notBefore, timezone } = blocked;
  // A status document has no place of its own.
  const place = reason === 'Quarantined' && cause !== null ? ` (${cause.file}:${cause.line})` : '';
  const base = finding(reason, `${message}${place}`, nextStep);
  if (needsPerson) return [base, { ...base, type: 'Stalled', status: 'True' }];
  const moment = {
    ...(notBefore === undefined ? {} : { notBefore }),
    ...(notBefore === undefined || timezone === undefined ? {} : { timezone }),
  };
  return [base, { ...base, ...reconciling, ...moment }];
}
