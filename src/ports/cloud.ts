import type { ObservedServer, ServerType } from '../fleet/observed.ts';
import type { FirewallRule, ObservedFirewall } from '../fleet/provider-firewall.ts';

export interface CloudKey {
  readonly id: number;
  readonly name: string;
  readonly fingerprint: string;
  readonly publicKey: string;
  readonly labels: Readonly<Record<string, string>>;
}

export type { FirewallRule } from '../fleet/provider-firewall.ts';

export interface CloudFirewall {
  readonly id: number;
  readonly name: string;
  readonly rules: readonly FirewallRule[];
  readonly labels: Readonly<Record<string, string>>;
}

export interface ServerRequest {
  readonly name: string;
  readonly serverType: string;
  readonly location: string;
  readonly image: string;
  readonly sshKeyIds: readonly number[];
  readonly firewallIds: readonly number[];
  readonly userData: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Running actions of the provider; wait for them with {@link Cloud.waitForActions}. */
export type CloudActionId = number;

export interface CloudProgress {
  readonly action: CloudActionId;
  readonly command: string;
  readonly progress: number;
}

/**
 * A cloud account. Requests without a definite result are retried inside (429, conflict, gateway errors, network);
 * an ambiguous create is resolved by looking up its unique name. Errors: PL4001–PL4013.
 */
export interface Cloud {
  /** One cheap request that proves that the token works; throws PL4001 or PL4002. */
  check(signal?: AbortSignal): Promise<void>;
  /** All servers whose label `pressluft.dev/fleet` is `fleet`, every page. */
  listServers(fleet: string, signal?: AbortSignal): Promise<readonly ObservedServer[]>;
  /** All server types with their locations, every page; types of an unknown architecture are left out. */
  listServerTypes(signal?: AbortSignal): Promise<readonly ServerType[]>;
  findServer(name: string, signal?: AbortSignal): Promise<CloudServer | null>;
  getServer(id: number, signal?: AbortSignal): Promise<CloudServer | null>;
  /** Throws PL4004 when sold out, PL4009 when the name is taken by a server with other labels; adopts one with ours. */
  createServer(
    request: ServerRequest,
    signal?: AbortSignal,
  ): Promise<{ server: CloudServer; actions: readonly CloudActionId[] }>;
  /** A server that no longer exists is success without an action. */
  deleteServer(id: number, signal?: AbortSignal): Promise<readonly CloudActionId[]>;
  powerOn(id: number, signal?: AbortSignal): Promise<readonly CloudActionId[]>;
  /** Finds a key by fingerprint, or creates it under `name`. */
  ensureKey(
    name: string,
    publicKey: string,
    labels: Readonly<Record<string, string>>,
    signal?: AbortSignal,
  ): Promise<CloudKey>;
  /** Finds a firewall by name, creates it, or sets its rules when they differ. Throws PL4009 for a foreign firewall. */
  ensureFirewall(
    name: string,
    rules: readonly FirewallRule[],
    labels: Readonly<Record<string, string>>,
    signal?: AbortSignal,
  ): Promise<CloudFirewall>;
  /** All firewalls whose label `pressluft.dev/fleet` is `fleet`. */
  listFirewalls(fleet: string, signal?: AbortSignal): Promise<readonly ObservedFirewall[]>;
  /** Applies a firewall to a server; one that is applied already is success. */
  applyFirewall(firewall: number, server: number, signal?: AbortSignal): Promise<void>;
  deleteFirewall(name: string, labels: Readonly<Record<string, string>>, signal?: AbortSignal): Promise<void>;
  deleteKey(name: string, labels: Readonly<Record<string, string>>, signal?: AbortSignal): Promise<void>;
  /** Waits until all have ended; settles all before it throws PL4007 (ended in error) or PL4008 (timeout). */
  waitForActions(
    ids: readonly CloudActionId[],
    options: {
      readonly timeoutMs: number;
      readonly onProgress?: (progress: CloudProgress) => void;
      readonly signal?: AbortSignal;
    },
  ): Promise<void>;
}

export interface CloudServer extends ObservedServer {
  readonly labels: Readonly<Record<string, string>>;
}
