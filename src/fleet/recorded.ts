import type { CommitSha, Digest, ResourceRef, Uid } from './brand.ts';
import type { DeletionPolicy } from './desired.ts';

export type ConditionType = 'Ready' | 'Reconciling' | 'Stalled' | 'Drifted';

export interface Condition {
  readonly type: ConditionType;
  readonly status: 'True' | 'False' | 'Unknown';
  /** CamelCase reason code. */
  readonly reason: string;
  readonly message: string;
  /** What a person should do next; absent when there is nothing to do. */
  readonly nextStep?: string;
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
  /** Facts for people and for plans without credentials: versions, URLs, address, host key. JSON values only. */
  readonly details: Readonly<Record<string, unknown>>;
}

export interface RecordedFleet {
  readonly head: CommitSha | null;
  readonly status: ReadonlyMap<ResourceRef, StatusDocument>;
}
