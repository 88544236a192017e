import type { CommitSha, NodeName, ResourceRef } from '../../fleet/brand.ts';
import type { PassPhase } from '../../reconcile/progress.ts';

export type RowState = 'waiting' | 'working' | 'done' | 'failed' | 'blocked';

/** A resource of the plan. Times are monotonic milliseconds. */
export interface ProgressRow {
  readonly ref: ResourceRef;
  readonly node: NodeName | null;
  readonly state: RowState;
  /** Unfinished actions of the plan. */
  readonly pending: number;
  readonly step: string | null;
  /** Why it failed or is blocked. */
  readonly message: string | null;
  readonly startedAtMs: number | null;
  readonly endedAtMs: number | null;
}

/** The content of a frame, derived from events alone. */
export interface ProgressModel {
  readonly pass: string | null;
  readonly trigger: string;
  readonly commit: CommitSha | null;
  readonly phase: PassPhase | null;
  readonly startedAtMs: number;
  readonly finished: {
    readonly outcome: string;
    /** Why the newest commit is not applied; null if it is. */
    readonly problem: string | null;
    readonly durationMs: number;
  } | null;
  readonly statusCommit: CommitSha | null;
  readonly rows: ReadonlyMap<ResourceRef, ProgressRow>;
  /** The current step that runs for several environments of a node, e.g. a task of a playbook. */
  readonly nodeSteps: ReadonlyMap<NodeName, string>;
}

export const emptyModel: ProgressModel = {
  pass: null,
  trigger: '',
  commit: null,
  phase: null,
  startedAtMs: 0,
  finished: null,
  statusCommit: null,
  rows: new Map(),
  nodeSteps: new Map(),
};
