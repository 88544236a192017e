import type { BackupScope } from './backups.ts';
import type { CommitSha, Digest, EnvironmentName, NodeName, ProviderName, ResourceRef } from './brand.ts';
import type { ActionReason, BlockedReason } from './reasons.ts';
import type { SourcePosition } from './resource.ts';

/**
 * What an action yields besides having changed something, by kind; null for nothing. The file in `src/actions/` that declares a kind adds
 * its member here (declaration merging), so this folder names no kind and the compiler still knows all of them.
 */
// biome-ignore lint/suspicious/noEmptyInterface: its members are declared where the kinds are
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
  /** What is done, without the name of the resource, so that the same change of many resources has one message. */
  readonly message: string;
  readonly cause: SourcePosition | null;
  /** File that described what is removed; null where a manifest describes it, or no file is known. */
  readonly formerFile: string | null;
  readonly changes: readonly FieldChange[];
  /** Digest of the wished end; retries count against it, so that a new wish starts over. */
  readonly desiredDigest: Digest;
  readonly dependsOn: readonly ActionId[];
  /** At most one action at a time holds a key: `node/<name>`, `environment/<name>`. */
  readonly exclusive: readonly string[];
  readonly risk: Risk;
  readonly downtime: Downtime;
  readonly undo: Undo;
  /** Data that comes back with this action, e.g. after a revert; null when none does. */
  readonly restores: RestoredData | null;
  /** Covers the commit, what was found, and what is to be: what an approval is bound to. */
  readonly digest: Digest;
}

/** How long visitors are expected to be without the site. */
export interface Downtime {
  readonly seconds: number;
  /** `none`: no downtime is expected; `assumed`: a fixed guess; `recorded`: median of past runs. */
  readonly basis: 'none' | 'assumed' | 'recorded';
  /** Past runs that the number was made of. */
  readonly samples: number;
}

/** What a `git revert` of the cause brings back, and what it does not. */
export interface Undo {
  /** A revert alone restores everything. */
  readonly byRevert: boolean;
  /** What a revert cannot undo, in words; null when it undoes all. */
  readonly lost: string | null;
  /** Where the lost data can be had from: a backup of this plan (`planned`, an action id) or an earlier one (`recorded`, a record id). */
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

/** A change that is wanted but must not be made now, with the reason. */
export interface Blocked {
  readonly resource: ResourceRef;
  /** Node on which it would be done; null when that is not known. */
  readonly node: NodeName | null;
  readonly kind: ActionKind;
  readonly reason: BlockedReason;
  /** Why, without the name of the resource; as {@link Action.message}. */
  readonly message: string;
  readonly nextStep: string;
  /** True when a person must act (exit code 6), false when time or another action may solve it. */
  readonly needsPerson: boolean;
  readonly cause: SourcePosition | null;
  /** What would be done, where that is known. */
  readonly action?: Action;
  /** RFC 3339; the earliest moment at which it would act by itself. Absent when no moment is known. */
  readonly notBefore?: string;
  /** IANA zone in which people read `notBefore`: that of the window or freeze that blocks it. */
  readonly timezone?: string;
}

export interface Plan {
  readonly version: 1;
  readonly commit: CommitSha;
  /** Digest over commit, observed state and actions; an approval is void once it moves. */
  readonly digest: Digest;
  /** In an order in which they may be carried out one by one. */
  readonly actions: readonly Action[];
  readonly blocked: readonly Blocked[];
}
