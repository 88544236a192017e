import type { Digest, EnvironmentName, NodeName, ProviderName, ResourceRef, Uid } from './brand.ts';
import type { DeletionPolicy } from './desired.ts';
import type { CheckReason, NodeReason, ProviderReason } from './reasons.ts';

/** What the last look at a provider said. A degraded provider blocks only what needs it. */
export interface ObservedProvider {
  readonly name: ProviderName;
  readonly state: 'connected' | 'degraded';
  readonly reason: ProviderReason;
  readonly message: string;
  /** Servers that carry this fleet's label; empty when degraded. */
  readonly servers: readonly ObservedServer[];
  /** Server types that the provider offers, when it was asked; null when not known. */
  readonly serverTypes: readonly ServerType[] | null;
}

export interface ServerType {
  readonly name: string;
  readonly cores: number;
  readonly memoryMib: number;
  readonly diskGib: number;
  readonly architecture: 'x86' | 'arm';
  readonly locations: readonly ServerTypeLocation[];
}

export interface ServerTypeLocation {
  readonly location: string;
  readonly available: boolean;
  /** RFC 3339; when it can no longer be ordered. Null when it is not deprecated. */
  readonly unavailableAfter: string | null;
}

export interface ObservedServer {
  readonly id: number;
  readonly name: string;
  readonly status: string;
  readonly ipv4: string | null;
  readonly serverType: string;
  readonly location: string;
  readonly image: string | null;
  readonly resource: ResourceRef | null;
  readonly uid: Uid | null;
  /** Which host key it was made with, as the provider has it in a label; absent when it does not say. */
  readonly hostKeyId?: string;
}

/** One readiness check of a node. */
export interface ReadinessCheck {
  readonly reason: CheckReason;
  /** Which one of several: a service, a PHP version, the code of an unknown check. */
  readonly detail: string | null;
  readonly ok: boolean;
  /** A failing warning does not make a node unready. */
  readonly severity: 'error' | 'warning';
  readonly message: string;
}

export interface NodeFacts {
  readonly hostname: string;
  readonly os: string;
  readonly kernel: string;
  readonly uptimeSeconds: number;
  readonly cores: number;
  readonly memoryMib: number;
  readonly memoryAvailableMib: number;
  readonly diskFreeMib: number;
  readonly diskTotalMib: number;
  readonly phpVersions: readonly string[];
  readonly services: Readonly<Record<string, string>>;
}

/**
 * `absent`: no server; `unknown`: the provider did not answer, so nothing may be concluded; `unreachable`: SSH failed;
 * `unprovisioned`, `not_ready` and `ready`: a probe answered.
 */
export type NodeState = 'absent' | 'unknown' | 'unreachable' | 'unprovisioned' | 'not_ready' | 'ready';

export interface ObservedNode {
  readonly name: NodeName;
  readonly state: NodeState;
  /** Null when ready. */
  readonly reason: NodeReason | null;
  readonly message: string;
  readonly server: ObservedServer | null;
  readonly ipv4: string | null;
  /** Digest of the provisioning that was last applied. */
  readonly appliedDigest: Digest | null;
  readonly appliedSpec: Readonly<Record<string, unknown>> | null;
  readonly facts: NodeFacts | null;
  readonly checks: readonly ReadinessCheck[];
  readonly environments: ReadonlyMap<EnvironmentName, ObservedEnvironment>;
}

export interface DriftedFile {
  readonly path: string;
  readonly expected: string;
  /** Null when the file is gone. */
  readonly actual: string | null;
}

export interface ObservedEnvironment {
  readonly name: EnvironmentName;
  readonly uid: Uid | null;
  /** False when only remains are left, e.g. after an interrupted converge. */
  readonly complete: boolean;
  readonly retained: boolean;
  readonly state: 'running' | 'stopped';
  readonly appliedDigest: Digest | null;
  /** The task as applied, without secrets; the "before" of a plan. */
  readonly appliedSpec: Readonly<Record<string, unknown>> | null;
  readonly deletionPolicy: DeletionPolicy | null;
  readonly wordpressVersion: string | null;
  readonly phpVersion: string | null;
  readonly plugins: Readonly<Record<string, string>>;
  readonly http: {
    readonly status: number | null;
    readonly ms: number | null;
    readonly message: string;
  } | null;
  readonly driftedFiles: readonly DriftedFile[];
  /** Services of this environment that do not run although they should. */
  readonly failedServices: readonly string[];
}

export interface ObservedFleet {
  readonly providers: ReadonlyMap<ProviderName, ObservedProvider>;
  /** Every node that is desired, recorded, or found at a provider under this fleet's label. */
  readonly nodes: ReadonlyMap<NodeName, ObservedNode>;
}
