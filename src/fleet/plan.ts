import type { CommitSha, Digest, EnvironmentName, NodeName, ProviderName, ResourceRef } from './brand.ts';
import type { SourcePosition } from './resource.ts';

export const actionKinds = [
  'node.create',
  'node.provision',
  'node.delete',
  'environment.converge',
  'environment.stop',
  'environment.start',
  'environment.retain',
  'environment.delete',
] as const;
export type ActionKind = (typeof actionKinds)[number];

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
  /** CamelCase: `Missing`, `SpecChanged`, `Drifted`, `Removed`, `ServerMissing`, `StateChanged`, `Incomplete`. */
  readonly reason: string;
  readonly message: string;
  readonly cause: SourcePosition | null;
  readonly changes: readonly FieldChange[];
  /** Digest of the wished end; retries count against it, so that a new wish starts over. */
  readonly wish: Digest;
  readonly dependsOn: readonly ActionId[];
  /** At most one action at a time holds a key: `node/<name>`, `environment/<name>`. */
  readonly exclusive: readonly string[];
  readonly risk: Risk;
  readonly estimatedDowntimeSeconds: number;
  readonly reversible: boolean;
  readonly irreversibleReason: string | null;
}

/** A change that is wanted but must not be made now, with the reason. */
export interface Blocked {
  readonly resource: ResourceRef;
  /** Node on which it would be done; null when that is not known. */
  readonly node: NodeName | null;
  readonly kind: ActionKind;
  /** `node_not_ready`, `node_unreachable`, `provider_degraded`, `protected`, `deletion_budget`, `quarantined`, `ownership_mismatch`, `retained`, … */
  readonly reason: string;
  readonly message: string;
  readonly nextStep: string;
  /** True when a person must act (exit code 6), false when time or another action may solve it. */
  readonly needsPerson: boolean;
  readonly cause: SourcePosition | null;
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
