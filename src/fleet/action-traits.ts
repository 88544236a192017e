import type { ActionKind, Risk } from './plan.ts';

/** Effect of an action on its resource: `retires` takes it out of service and keeps its data, `deletes` removes it with its data. */
export type ActionEffect = 'acquires' | 'changes' | 'stops' | 'retires' | 'deletes';

/** Properties of an action kind that planning and rendering use. */
export interface ActionTraits {
  readonly kind: ActionKind;
  /** Rank in a plan, lower first. */
  readonly rank: number;
  /** Rank of an action that depends on an environment or a backup of the same plan, if it differs. */
  readonly rankAfterEnvironment?: number;
  readonly effect: ActionEffect;
  /** Default risk of the action; the planner overrides it when it knows the changes. */
  readonly risk: Risk;
  /** Assumed duration in seconds while too few runs are recorded. */
  readonly assumedSeconds: number;
  /** Whether there is code for it. Unsupported actions are planned and shown as blocked. */
  readonly supported: boolean;
}

export type ActionCatalogue = { readonly [K in ActionKind]: ActionTraits };

/** Null for an unknown kind: a parsed plan may come from a later version. */
export function effectOf(kinds: ActionCatalogue, kind: string): ActionEffect | null {
  return Object.hasOwn(kinds, kind) ? kinds[kind as ActionKind].effect : null;
}

/** Whether the site stays unavailable after the action: then no downtime is estimated. */
export function endsService(effect: ActionEffect | null): boolean {
  return effect === 'stops' || removes(effect);
}

/** Whether the resource is gone or out of service afterwards. */
export function removes(effect: ActionEffect | null): boolean {
  return effect === 'retires' || effect === 'deletes';
}
