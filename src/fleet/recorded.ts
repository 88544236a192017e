import type { BackupScope } from './backups.ts';
import type {
  CommitSha,
  Digest,
  EnvironmentName,
  NodeName,
  ProviderName,
  ResourceRef,
  Uid,
} from './brand.ts';
import type { DeletionPolicy } from './desired.ts';
import type { ConditionStatus, ConditionType } from './reasons/reason-entry.ts';
import type { Reason } from './reasons.ts';

export interface Condition {
  readonly type: ConditionType;
  readonly status: ConditionStatus;
  readonly reason: Reason;
  readonly message: string;
  /** Recommended next step; absent when there is none. */
  readonly nextStep?: string;
  /** RFC 3339, UTC; the earliest time at which it resumes by itself. Absent when unknown. */
  readonly notBefore?: string;
  /** IANA time zone in which to display `notBefore`; UTC when absent. */
  readonly timezone?: string;
  /** RFC 3339, UTC; changes only together with `status`. */
  readonly lastTransitionTime: string;
}

/** A status document of the status branch: `status/<kind>/<name>.yaml`. Never read as desired state. */
export interface StatusDocument {
  readonly ref: ResourceRef;
  readonly uid: Uid;
  /** Manifest file of the resource when it was last applied. */
  readonly sourceFile: string;
  /** Commit of the last pass; for the fleet only, so that a new commit does not change every document. */
  readonly observedRevision: CommitSha | null;
  /** Commit at which the resource last became Ready. */
  readonly appliedRevision: CommitSha | null;
  readonly appliedDigest: Digest | null;
  readonly protected: boolean;
  readonly deletionPolicy: DeletionPolicy | null;
  /** Node of an environment; needed to find it after its manifest is removed. */
  readonly node: string | null;
  /** Provider of a node. */
  readonly provider: string | null;
  readonly conditions: readonly Condition[];
  /** The last applied task, without secrets: the "before" of a plan that is made without observing the node. Null when unknown. */
  readonly applied: Readonly<Record<string, unknown>> | null;
  /** Facts for people and for plans without credentials: versions, URLs, address, host key. JSON values only. */
  readonly details: Readonly<Record<string, unknown>>;
}

/** `scheduled` and `requested` ones are asked for by manifests; a `restore-point` precedes a risky change; a `final` one precedes a deletion. */
export type BackupReason = 'scheduled' | 'requested' | 'restore-point' | 'final';

/** A backup record: `backups/<environment>/<id>.yaml` of the status branch. Append-only. */
export interface BackupRecord {
  readonly id: string;
  readonly environment: EnvironmentName;
  readonly uid: Uid;
  readonly reason: BackupReason;
  readonly scope: BackupScope;
  /** RFC 3339, UTC. */
  readonly takenAt: string;
  /** Commit that was being applied when it was taken; of a restore point, the commit whose change it precedes. */
  readonly commit: CommitSha;
  /** Digest of the applied task of the environment at that time; identifies a revert to that state. */
  readonly appliedDigest: Digest | null;
  readonly repository: string;
  readonly snapshot: string;
  readonly sizeBytes: number;
  readonly durationMs: number;
  readonly versions: { readonly wordpress: string | null; readonly php: string | null };
  /** RFC 3339; when it was restored into scratch and verified. Null: not verified. */
  readonly verifiedAt: string | null;
}

/** An approval of a plan by a person: `approvals/<first 16 digits of the digest>.yaml` of the status branch. */
export interface Approval {
  /** Digest of the plan as a whole. */
  readonly plan: Digest;
  /** Digests of the actions in it that needed an approval; each covers the commit, the observed and the desired state. */
  readonly actions: readonly Digest[];
  /** Resources of these actions; absent in approvals of earlier versions. */
  readonly resources?: readonly ResourceRef[];
  readonly by: string;
  /** RFC 3339, UTC. */
  readonly at: string;
}

/** Durations of an action kind on a resource, from recorded runs: the newest, at most 20 for each. */
export interface RecordedDuration {
  readonly kind: string;
  readonly resource: ResourceRef;
  readonly durationMs: number;
}

/** The server of a node as the controller itself created, adopted or observed it last. */
export interface PinnedServer {
  readonly provider: ProviderName;
  readonly id: number;
  /** Null while its creation is not completed. */
  readonly hostKey: string | null;
}

export interface RecordedFleet {
  readonly head: CommitSha | null;
  readonly status: ReadonlyMap<ResourceRef, StatusDocument>;
  /** Newest first. */
  readonly backups: ReadonlyMap<EnvironmentName, readonly BackupRecord[]>;
  readonly approvals: readonly Approval[];
  readonly durations: readonly RecordedDuration[];
  /** Nodes of interrupted environment creations without a record; known to the controller only, not part of the status branch. */
  readonly interrupted?: ReadonlyMap<ResourceRef, NodeName>;
  /** Servers of nodes; known to the controller only, not part of the status branch. */
  readonly servers?: ReadonlyMap<ResourceRef, PinnedServer>;
}

export const nothingRecorded: RecordedFleet = {
  head: null,
  status: new Map(),
  backups: new Map(),
  approvals: [],
  durations: [],
};
