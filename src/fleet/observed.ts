import type { Digest, EnvironmentName, NodeName, ProviderName, ResourceRef, Uid } from './brand.ts';
import type { DeletionPolicy } from './desired.ts';
import type { MissingData } from './missing-data.ts';
import type { ObservedSite } from './observed-site.ts';
import type { FieldChange } from './plan.ts';
import type { ObservedFirewall } from './provider-firewall.ts';
import type { CheckReason, IdentityReason, NodeReason, ProviderReason } from './reasons.ts';

/** Last observation of a provider. A degraded provider blocks only resources that need it. */
export interface ObservedProvider {
  readonly name: ProviderName;
  readonly state: 'connected' | 'degraded';
  readonly reason: ProviderReason;
  readonly message: string;
  /** Servers that carry this fleet's label; empty when degraded. */
  readonly servers: readonly ObservedServer[];
  /** Servers without that label that have the recorded id or the name of a node of this fleet. Absent: none. */
  readonly unlabelled?: readonly ObservedServer[];
  /** Firewalls of this fleet; absent when unknown. */
  readonly firewalls?: readonly ObservedFirewall[];
  /** Server types that the provider offers; null when unknown. */
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
  /** RFC 3339; end of availability. Null when it is not deprecated. */
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
  /** Host key that it was created with, from a label at the provider; absent without that label. */
  readonly hostKeyId?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** Ids of the firewalls that the provider applies to it; absent when unknown. */
  readonly firewalls?: readonly number[];
  /** The provider keeps it from being changed or started: an action of its own runs, or it blocked the server. */
  readonly locked?: true;
  /** It boots the rescue system of the provider instead of its disk. */
  readonly rescue?: true;
}

/** One readiness check of a node. */
export interface ReadinessCheck {
  readonly reason: CheckReason;
  /** Subject of the check: a service, a PHP version, the code of an unknown check. */
  readonly detail: string | null;
  readonly ok: boolean;
  /** A failing warning does not make a node unready. */
  readonly severity: 'error' | 'warning';
  readonly message: string;
  /** The environment whose configuration a service rejects; absent for none. */
  readonly environment?: EnvironmentName;
}

export interface NodeFacts {
  readonly hostname: string;
  /** Identity of the installation, made at the first boot of a disk. Null or absent when unknown. */
  readonly machineId?: string | null;
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
 * `absent`: no server; `unknown`: the provider did not answer, so the state is unknown; `unreachable`: SSH failed;
 * `unprovisioned`, `not_ready` and `ready`: a probe answered.
 */
export type NodeState = 'absent' | 'unknown' | 'unreachable' | 'unprovisioned' | 'not_ready' | 'ready';

/** A node that is not the recorded one, or not certainly: nothing on it is changed until a person acts. */
export interface IdentityFinding {
  readonly reason: IdentityReason;
  /** What was recorded and what is found. */
  readonly message: string;
  /** The way back. */
  readonly nextStep: string;
  /** What was recorded; an approval is bound to it and to `after`. */
  readonly before: string | null;
  readonly after: string | null;
}

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
  /** Absent or null when it is the recorded one. */
  readonly identity?: IdentityFinding | null;
  /** Drift of the provider's firewall, as changes back to the described one; absent or empty for none. */
  readonly firewall?: readonly FieldChange[];
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
  /** False when only parts exist, e.g. after an interrupted converge. */
  readonly complete: boolean;
  /** False when its record exists and its files are gone. */
  readonly present?: boolean;
  /** What was applied and is gone, although its files are there. Absent: nothing. */
  readonly missingData?: readonly MissingData[];
  readonly retained: boolean;
  readonly state: 'running' | 'stopped';
  readonly appliedDigest: Digest | null;
  /** The applied task without secrets; the "before" of a plan. */
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
  /** Services of this environment that should run and do not. */
  readonly failedServices: readonly string[];
  /** Absent or null when it was not asked for, or did not answer. */
  readonly site?: ObservedSite | null;
}

export interface ObservedFleet {
  readonly providers: ReadonlyMap<ProviderName, ObservedProvider>;
  /** Every node that is desired, recorded, or found at a provider with the label of this fleet. */
  readonly nodes: ReadonlyMap<NodeName, ObservedNode>;
}
