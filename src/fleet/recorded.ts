import type { BackupScope } from './backups.ts';
import type { CommitSha, Digest, EnvironmentName, NodeName, ResourceRef, Uid } from './brand.ts';
import type { DeletionPolicy } from './desired.ts';
import type { ConditionStatus, ConditionType } from './reasons/reason-entry.ts';
import type { Reason } from './reasons.ts';

export interface Condition {
  readonly type: ConditionType;
  readonly status: ConditionStatus;
  readonly reason: Reason;
  readonly message: string;
  /** What a person should do next; absent when there is nothing to do. */
  readonly nextStep?: string;
  /** RFC 3339, UTC; the earliest moment at which it goes on by itself. Absent when no moment is known. */
  readonly notBefore?: string;
  /** IANA zone in which people read `notBefore`; UTC when absent. */
  readonly timezone?: string;
  /** RFC 3339, UTC; moves only when `status` changes. */
  readonly lastTransitionTime: string;
}

/** A status document of the status branch: `status/<kind>/<name>.yaml`. Never read as desired state. */
export interface StatusDocument {
  readonly ref: ResourceRef;
  readonly uid: Uid;
  /** File that described the resource when it was last applied. */
  readonly sourceFile: string;
  /** Commit that was last looked at; kept for the fleet itself only, so that a commit elsewhere does not touch every document. */
  readonly observedRevision: CommitSha | null;
  /** Commit at which the resource last became Ready. */
  readonly appliedRevision: CommitSha | null;
  readonly appliedDigest: Digest | null;
  readonly protected: boolean;
  readonly deletionPolicy: DeletionPolicy | null;
  /** Node of an environment; needed to find it once its manifest is gone. */
  readonly node: string | null;
  /** Provider of a node. */
  readonly provider: string | null;
  readonly conditions: readonly Condition[];
  /** What was last applied, without secrets: the "before" of a plan that is made without a look at the node. Null when nothing is known. */
  readonly applied: Readonly<Record<string, unknown>> | null;
  /** Facts for people and for plans without credentials: versions, URLs, address, host key. JSON values only. */
  readonly details: Readonly<Record<string, unknown>>;
}

/** `scheduled` and `requested` are asked for; a `restore-point` precedes a risky change; a `final` one precedes a deletion. */
export type BackupReason = 'scheduled' | 'requested' | 'restore-point' | 'final';

/** A backup as `backups/<environment>/<id>.yaml` of the status branch names it. Append-only. */
export interface BackupRecord {
  readonly id: string;
  readonly environment: EnvironmentName;
  readonly uid: Uid;
  readonly reason: BackupReason;
  readonly scope: BackupScope;
  /** RFC 3339, UTC. */
  readonly takenAt: string;
  /** Commit that was being applied when it was taken: of a restore point the one whose change it precedes. */
  readonly commit: CommitSha;
  /** Digest of the task that the environment had applied: what a revert to that state is recognised by. */
  readonly appliedDigest: Digest | null;
  readonly repository: string;
  readonly snapshot: string;
  readonly sizeBytes: number;
  readonly durationMs: number;
  readonly versions: { readonly wordpress: string | null; readonly php: string | null };
  /** RFC 3339; when it was restored into scratch and found whole. Null: not proven. */
  readonly verifiedAt: string | null;
}

/** A person's yes to a plan: `approvals/<first 16 digits of the digest>.yaml` of the status branch. */
export interface Approval {
  /** Digest of the plan as a whole. */
  readonly plan: Digest;
  /** Digests of the actions in it that needed a yes; each covers the commit, what was found and what is to be. */
  readonly actions: readonly Digest[];
  readonly by: string;
  /** RFC 3339, UTC. */
  readonly at: string;
}

/** How long an action of a kind took on a resource, from recorded runs: the newest ones, at most 20 for each. */
export interface RecordedDuration {
  readonly kind: string;
  readonly resource: ResourceRef;
  readonly durationMs: number;
}

export interface RecordedFleet {
  readonly head: CommitSha | null;
  readonly status: ReadonlyMap<ResourceRef, StatusDocument>;
  /** Newest first. */
  readonly backups: ReadonlyMap<EnvironmentName, readonly BackupRecord[]>;
  readonly approvals: readonly Approval[];
  readonly durations: readonly RecordedDuration[];
  /** Nodes on which environments were begun of which nothing is recorded; known to the controller, and not to the status branch. */
  readonly interrupted?: ReadonlyMap<ResourceRef, NodeName>;
}

export const nothingRecorded: RecordedFleet = {
  head: null,
  status: new Map(),
  backups: new Map(),
  approvals: [],
  durations: [],
};
