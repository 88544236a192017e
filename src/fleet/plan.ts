import type { BackupScope } from './backups.ts';
import type { CommitSha, Digest, EnvironmentName, NodeName, ProviderName, ResourceRef } from './brand.ts';
import type { ActionReason, BlockedReason } from './reasons.ts';
import type { SourcePosition } from './resource.ts';

/**
 * Output of a successful action, by kind; null for none. The file in `src/actions/` that declares a kind adds its member here
 * (declaration merging), so this folder names no kind and the compiler still knows all of them.
 */
// biome-ignore lint/suspicious/noEmptyInterface: its members are declared with the kinds
export interface ActionOutputs {}
export type ActionKind = keyof ActionOutputs;

/** `<kind>:<resource name>`; unique within a plan and stable between plans. */
export type ActionId = string & { readonly __actionId?: never };

export type Risk = 'none' | 'restart' | 'downtime' | 'data';

export interface FieldChange {
  /** Path in the applied task, e.g. `php.memory_limit`. */
  readonly field: string;
  readonly before: unknown;
  readonly after: unknown;
}

export type ActionTarget =
  | { readonly kind: 'node'; readonly node: NodeName; readonly provider: ProviderName | null }
  | { readonly kind: 'environment'; readonly environment: EnvironmentName; readonly node: NodeName };

export interface Action {
  readonly id: ActionId;
  readonly kind: ActionKind;
  readonly resource: ResourceRef;
  readonly target: ActionTarget;
  readonly reason: ActionReason;
  /** What the action does, without the name of the resource, so that equal changes of many resources have equal messages. */
  readonly message: string;
  readonly cause: SourcePosition | null;
  /** Last manifest of a removed resource; null while it has a manifest, or when no file is known. */
  readonly formerFile: string | null;
  readonly changes: readonly FieldChange[];
  /** Digest of the state that the action is to reach. Retries are counted per digest, so a changed desired state starts over. */
  readonly desiredDigest: Digest;
  readonly dependsOn: readonly ActionId[];
  /** At most one action at a time holds a key: `node/<name>`, `environment/<name>`. */
  readonly exclusive: readonly string[];
  readonly risk: Risk;
  readonly downtime: Downtime;
  readonly undo: Undo;
  /** Data that this action restores, e.g. after a revert; null for none. */
  readonly restores: RestoredData | null;
  /** Covers the commit, the observed and the desired state; approvals are bound to it. */
  readonly digest: Digest;
}

/** Expected downtime of the site. */
export interface Downtime {
  readonly seconds: number;
  /** `none`: no downtime is expected; `assumed`: a fixed estimate; `recorded`: median of past runs. */
  readonly basis: 'none' | 'assumed' | 'recorded';
  /** Number of past runs that the estimate is based on. */
  readonly samples: number;
}

/** What a `git revert` of the cause restores, and what it does not. */
export interface Undo {
  /** A revert alone restores everything. */
  readonly byRevert: boolean;
  /** What a revert cannot undo, in words; null when it undoes everything. */
  readonly lost: string | null;
  /** Source of the lost data: a backup of this plan (`planned`, an action id) or an earlier one (`recorded`, a record id). */
  readonly restorePoint:
    | { readonly kind: 'planned'; readonly action: ActionId }
    | { readonly kind: 'recorded'; readonly id: string; readonly takenAt: string }
    | null;
}

export interface RestoredData {
  /** Id of the backup record. */
  readonly backup: string;
  /** RFC 3339. */
  readonly takenAt: string;
  readonly commit: CommitSha;
  readonly scope: BackupScope;
  readonly sizeBytes: number;
  readonly verified: boolean;
}

/** A change that is wanted but not made now, with the reason. */
export interface Blocked {
  readonly resource: ResourceRef;
  /** Node of the change; null when unknown. */
  readonly node: NodeName | null;
  readonly kind: ActionKind;
  readonly reason: BlockedReason;
  /** Why, without the name of the resource; as {@link Action.message}. */
  readonly message: string;
  readonly nextStep: string;
  /** True when a person must act (exit code 6), false when time or another action may solve it. */
  readonly needsPerson: boolean;
  readonly cause: SourcePosition | null;
  /** The blocked action, if known. */
  readonly action?: Action;
  /** RFC 3339; the earliest time at which it runs by itself. Absent when unknown. */
  readonly notBefore?: string;
  /** IANA time zone in which to display `notBefore`: that of the blocking window or freeze. */
  readonly timezone?: string;
}

/** A setting that this version accepts and does not apply. */
export interface NotApplied {
  readonly resource: ResourceRef;
  /** Path below `spec`, such as `tls.mode`. */
  readonly field: string;
  readonly value: string;
  readonly why: string;
}

export interface Plan {
  readonly version: 1;
  readonly commit: CommitSha;
  /** Digest over commit, observed state and actions; an approval is void after it changes. */
  readonly digest: Digest;
  /** In an order in which they can be applied one by one. */
  readonly actions: readonly Action[];
  readonly blocked: readonly Blocked[];
  /** Settings that this version accepts and does not apply, whether or not anything changes. */
  readonly notApplied: readonly NotApplied[];
}
