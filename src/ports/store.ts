import type { CommitSha, Digest, ResourceRef } from '../fleet/brand.ts';
import type { Run, RunStep } from '../fleet/run.ts';

/** Something that an action is about to create: written before it is created, and kept until it is known to exist or not to exist. */
export interface Intent {
  readonly id: string;
  readonly resource: ResourceRef;
  readonly kind: string;
  /** JSON; may hold secrets of the controller (a host key), so the store file is private to its user. */
  readonly data: Readonly<Record<string, unknown>>;
  readonly createdAt: number;
}

/** Failed attempts of a resource at one desired digest; a new digest starts over. */
export interface RetryState {
  readonly resource: ResourceRef;
  readonly digest: Digest;
  readonly failures: number;
  /** Wall clock ms; Infinity means stalled until the desired state changes or an operator requests a retry. */
  readonly nextAttemptAt: number;
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
}

/** Operational data that is not in Git. Every write is durable when its call returns. Errors: PL3010, PL3011, PL3012. */
export interface Store {
  intents(): readonly Intent[];
  putIntent(intent: Intent): void;
  deleteIntent(id: string): void;

  retries(): readonly RetryState[];
  putRetry(state: RetryState): void;
  deleteRetry(resource: ResourceRef): void;

  getValue(key: string): string | null;
  /** Null deletes. */
  putValue(key: string, value: string | null): void;

  startRun(id: string, commit: CommitSha, startedAt: string): void;
  addRunStep(runId: string, step: RunStep): void;
  finishRun(run: Run): void;
  /** Runs that were started and never finished, e.g. because the process was killed. */
  unfinishedRuns(): readonly {
    readonly id: string;
    readonly commit: CommitSha;
    readonly startedAt: string;
  }[];
  /** Newest first. */
  runs(limit: number): readonly Run[];

  close(): void;
}
