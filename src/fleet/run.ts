import type { CommitSha, ResourceRef } from './brand.ts';
import type { ActionId, ActionKind } from './plan.ts';

export type StepStatus = 'running' | 'ok' | 'changed' | 'failed' | 'skipped';

export interface RunStep {
  readonly name: string;
  readonly resource: ResourceRef;
  readonly status: StepStatus;
  readonly startedAt: string;
  readonly durationMs: number;
  readonly message?: string;
}

export interface ActionResult {
  readonly action: ActionId;
  readonly kind: ActionKind;
  readonly resource: ResourceRef;
  readonly outcome: 'succeeded' | 'failed' | 'cancelled';
  readonly changed: boolean;
  /** Work on this resource alone, as far as its steps tell; absent when it was never begun. */
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
  /** The process ended in the middle of it; what was left undone is found and done by a later run. */
  readonly interrupted?: boolean;
}
