import type { ActionKind, Risk } from './plan.ts';

/** What an action does to its resource: `retires` takes it out of service and keeps its data, `deletes` loses them. */
export type ActionEffect = 'acquires' | 'changes' | 'stops' | 'retires' | 'deletes';

/** What planning and rendering need to know of a kind of action. */
export interface ActionTraits {
  readonly kind: ActionKind;
  /** Place in a plan, lower ranks first. */
  readonly rank: number;
  /** Place of an action that depends on an environment or a backup of the same plan, where that is another one. */
  readonly rankAfterEnvironment?: number;
  readonly effect: ActionEffect;
  /** Risk of the action itself; the planner says otherwise where it knows what is changed. */
  readonly risk: Risk;
  /** Seconds that it takes as long as too few runs are recorded. */
  readonly assumedSeconds: number;
  /** Whether there is code for it. Others are planned and shown, and blocked. */
  readonly supported: boolean;
}

export type ActionCatalogue = { readonly [K in ActionKind]: ActionTraits };

/** A plan that was read may be of a later version and name kinds that are not known here: then null. */
export function effectOf(kinds: ActionCatalogue, kind: string): ActionEffect | null {
  return Object.hasOwn(kinds, kind) ? kinds[kind as ActionKind].effect : null;
}

/** Whether the site stays away once the action has ended: then there is no downtime to estimate. */
export function endsService(effect: ActionEffect | null): boolean {
  return effect === 'stops' || removes(effect);
}

/** Whether the resource is gone or out of service afterwards. */
export function removes(effect: ActionEffect | null): boolean {
  return effect === 'retires' || effect === 'deletes';
}
