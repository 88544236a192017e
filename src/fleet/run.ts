import type { CommitSha, ResourceRef } from './brand.ts';
import type { ActionId, ActionKind, ActionOutputs, FieldChange } from './plan.ts';
import type { ActionReason } from './reasons.ts';

export type StepStatus = 'running' | 'ok' | 'changed' | 'failed' | 'skipped';

export interface RunStep {
  readonly name: string;
  readonly resource: ResourceRef;
  readonly status: StepStatus;
  readonly startedAt: string;
  readonly durationMs: number;
  readonly message?: string;
}

/** Result of an action; `kind` decides the type of its output. */
export type ActionResult = { readonly [K in ActionKind]: ResultOf<K> }[ActionKind];

interface ResultOf<K extends ActionKind> {
  readonly action: ActionId;
  readonly kind: K;
  readonly resource: ResourceRef;
  readonly outcome: 'succeeded' | 'failed' | 'cancelled';
  readonly changed: boolean;
  /** Output of a successful action, if its kind declares one. Runs of earlier versions have none. */
  readonly output?: ActionOutputs[K];
  /** Why the action was planned; runs of earlier versions do not say. */
  readonly reason?: ActionReason;
  /** Differences that the action was to remove, of a drift as well; bounded, without secrets. */
  readonly changes?: readonly FieldChange[];
  /** Time spent on this resource alone, according to its steps; absent when it was not started. */
  readonly durationMs?: number;
  readonly error?: { readonly code: string; readonly message: string; readonly hint?: string };
}

/** One attempt at one or more actions: recorded in the store with its steps, and committed as `runs/<yyyy-mm>/<id>.yaml`. */
export interface Run {
  /** Sorts by time: `<yyyymmddThhmmssZ>-<8 base32 characters>`. */
  readonly id: string;
  readonly commit: CommitSha;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly results: readonly ActionResult[];
  readonly steps: readonly RunStep[];
  /** The process ended during the run; a later run completes the work. */
  readonly interrupted?: boolean;
}
