import { machineAddress } from '../actions/host-keys.ts';
import { probeNode } from '../actions/probe-node.ts';
import type { EnvironmentName, NodeName } from '../fleet/brand.ts';
import type { DesiredFleet } from '../fleet/desired.ts';
import { errors } from '../fleet/error-catalogue.ts';
import { isPressluftError, messageOf } from '../fleet/errors.ts';
import type { NodeState, ObservedNode, ObservedServer } from '../fleet/observed.ts';
import { failingChecks } from '../fleet/readiness.ts';
import type { RecordedFleet } from '../fleet/recorded.ts';
import type { Deps } from '../ports/index.ts';

export interface NodeObservation {
  readonly name: NodeName;
  /** Null when the provider has none; `unknown` when the provider did not answer. */
  readonly server: ObservedServer | null | 'unknown';
  /** Address of a static node. */
  readonly staticAddress: string | null;
}

/** Looks at one node over SSH, in one round trip. With `sites`, only these environments are asked for a page. */
export async function observeNode(
  deps: Deps,
  desired: DesiredFleet,
  recorded: RecordedFleet,
  observation: NodeObservation,
  signal: AbortSignal,
  sites?: readonly EnvironmentName[],
): Promise<ObservedNode> {
  const { name, server, staticAddress } = observation;
  if (server === 'unknown')
    return blind(name, null, null, 'unknown', 'provider_degraded', 'its provider did not answer');
  if (server === null && staticAddress === null)
    return blind(name, null, null, 'absent', 'server_missing', 'there is no server');
  // A create that was interrupted is taken up again by the same action, which finds the server by its name.
  if (deps.store.intents().some((intent) => intent.id === `node.create:${name}`)) {
    return blind(name, server, null, 'absent', 'create_interrupted', 'its creation was interrupted');
  }
  const ipv4 = staticAddress ?? server?.ipv4 ?? null;
  if (server !== null && server.status === 'off') {
    return blind(name, server, ipv4, 'unreachable', 'server_off', `server ${server.name} is switched off`);
  }
  if (ipv4 === null)
    return blind(name, server, null, 'unreachable', 'no_address', 'its server has no IPv4 address');
  const address = machineAddress(deps.store, recorded, desired, name, ipv4, server?.hostKeyId);
  if (address === null) {
    return blind(name, server, ipv4, 'unreachable', 'host_key_unknown', 'no host key is pinned for it');
  }
  try {
    const probe = await probeNode(deps, address, signal, sites);
    const failing = failingChecks(probe.checks).filter((check) => check.code !== 'not_provisioned');
    const state: NodeState = !probe.provisioned
      ? 'unprovisioned'
      : failing.length > 0
        ? 'not_ready'
        : 'ready';
    return {
      name,
      state,
      reason: failing[0]?.code ?? '',
      message: failing.map((check) => check.message).join('; '),
      server,
      ipv4,
      appliedDigest: probe.appliedDigest,
      appliedSpec: probe.appliedSpec,
      facts: probe.facts,
      checks: probe.checks,
      environments: probe.environments,
    };
  } catch (error) {
    signal.throwIfAborted();
    return blind(name, server, ipv4, 'unreachable', reasonOf(error), deps.secrets.redact(messageOf(error)));
  }
}

function blind(
  name: NodeName,
  server: ObservedServer | null,
  ipv4: string | null,
  state: NodeState,
  reason: string,
  message: string,
): ObservedNode {
  return {
    name,
    state,
    reason,
    message,
    server,
    ipv4,
    appliedDigest: null,
    appliedSpec: null,
    facts: null,
    checks: [],
    environments: new Map(),
  };
}

function reasonOf(error: unknown): string {
  if (isPressluftError(error, errors.nodeHostKeyMismatch)) return 'host_key_mismatch';
  if (isPressluftError(error, errors.nodeRefusedKey)) return 'ssh_key_refused';
  if (isPressluftError(error, errors.processTimedOut)) return 'ssh_timeout';
  if (isPressluftError(error, errors.nodeCommandFailed) || isPressluftError(error, errors.nodeReplyInvalid))
    return 'probe_failed';
  return 'node_unreachable';
}
