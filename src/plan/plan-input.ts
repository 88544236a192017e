import type { ActionCatalogue } from '../fleet/action-traits.ts';
import type { EnvironmentName, NodeName } from '../fleet/brand.ts';
import type { DesiredFleet } from '../fleet/desired.ts';
import type { ObservedFleet } from '../fleet/observed.ts';
import type { Action, Blocked } from '../fleet/plan.ts';
import type { RecordedFleet } from '../fleet/recorded.ts';

export interface PlanInput {
  readonly desired: DesiredFleet;
  readonly observed: ObservedFleet;
  readonly recorded: RecordedFleet;
  /** Version of the Ansible content; part of applied digests. */
  readonly contentVersion: string;
  /** Apply everything again, even without differences. */
  readonly force?: boolean;
  /** Wall clock in ms since the epoch, for maintenance windows and freezes. */
  readonly now: number;
  /** Traits of every action kind: rank in a plan, risk, whether it is supported. */
  readonly kinds: ActionCatalogue;
}

/** Result of planning one part of the fleet. */
export interface Planned {
  readonly actions: readonly Action[];
  readonly blocked: readonly Blocked[];
}

/** Planned actions of each node and environment, by name. */
export interface PlannedParts {
  readonly nodes: ReadonlyMap<NodeName, Planned>;
  readonly environments: ReadonlyMap<EnvironmentName, Planned>;
}

export const nothing: Planned = { actions: [], blocked: [] };

export function act(...actions: readonly Action[]): Planned {
  return { actions, blocked: [] };
}

export function block(...blocked: readonly Blocked[]): Planned {
  return { actions: [], blocked };
}

export function merge(parts: readonly Planned[]): Planned {
  return {
    actions: parts.flatMap((part) => part.actions),
    blocked: parts.flatMap((part) => part.blocked),
  };
}
