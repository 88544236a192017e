import { machineAddress } from '../actions/host-keys.ts';
import { probeNode } from '../actions/probe-node.ts';
import type { EnvironmentName, NodeName } from '../fleet/brand.ts';
import type { DesiredFleet } from '../fleet/desired.ts';
import { errors } from '../fleet/error-catalogue.ts';
import { isPressluftError, messageOf } from '../fleet/errors.ts';
import type { IdentityFinding, NodeState, ObservedNode, ObservedServer } from '../fleet/observed.ts';
import { failingChecks } from '../fleet/readiness.ts';
import { type NodeReason, reasons } from '../fleet/reasons.ts';
import type { RecordedFleet } from '../fleet/recorded.ts';
import { identifyMachine, type KnownMachine } from '../fleet/server-identity.ts';
import type { Deps } from '../ports/index.ts';

export interface NodeObservation {
  readonly name: NodeName;
  /** Null when the provider has no server; `unknown` when the provider did not answer. */
  readonly server: ObservedServer | null | 'unknown';
  /** Address of a static node. */
  readonly staticAddress: string | null;
  /** What is recorded of its machine; null without a record. */
  readonly known: KnownMachine | null;
  /** What the provider says of its server, if that is not the recorded one. */
  readonly identity: IdentityFinding | null;
}

/** Observes one node over SSH, in one round trip. With `sites`, a page is requested from these environments only. */
export async function observeNode(
  deps: Deps,
  desired: DesiredFleet,
  recorded: RecordedFleet,
  observation: NodeObservation,
  signal: AbortSignal,
  sites?: readonly EnvironmentName[],
): Promise<ObservedNode> {
  const { name, server, staticAddress, known, identity } = observation;
  if (server === 'unknown')
    return unobserved(name, null, null, 'unknown', 'ProviderDegraded', reasons.ProviderDegraded.message);
  if (server === null && staticAddress === null) {
    const missing = unobserved(name, null, null, 'absent', 'ServerMissing', reasons.ServerMissing.message);
    return { ...missing, identity };
  }
  // Whatever answers there may belong to somebody else, so it is not contacted.
  if (identity !== null) {
    const { reason, message } = identity;
    return { ...unobserved(name, server, null, 'unreachable', reason, message), identity };
  }
  // An interrupted create is resumed by the same action, which finds the server by its name.
  if (deps.store.intents().some((intent) => intent.id === `node.create:${name}`)) {
    return unobserved(name, server, null, 'absent', 'CreateInterrupted', reasons.CreateInterrupted.message);
  }
  const ipv4 = staticAddress ?? server?.ipv4 ?? null;
  if (server !== null && server.status === 'off') {
    return unobserved(name, server, ipv4, 'unreachable', 'ServerOff', reasons.ServerOff.message);
  }
  if (ipv4 === null)
    return unobserved(name, server, null, 'unreachable', 'NoAddress', reasons.NoAddress.message);
  const address = machineAddress(deps.store, recorded, desired, name, ipv4, server?.hostKeyId);
  if (address === null) {
    return unobserved(name, server, ipv4, 'unreachable', 'HostKeyUnknown', reasons.HostKeyUnknown.message);
  }
  try {
    const probe = await probeNode(deps, address, signal, sites);
    const failing = failingChecks(probe.checks).filter((check) => check.reason !== 'NotProvisioned');
    const state: NodeState = !probe.provisioned
      ? 'unprovisioned'
      : failing.length > 0
        ? 'not_ready'
        : 'ready';
    return {
      name,
      state,
      reason: failing[0]?.reason ?? null,
      message: failing.map((check) => check.message).join('; '),
      server,
      ipv4,
      appliedDigest: probe.appliedDigest,
      appliedSpec: probe.appliedSpec,
      facts: probe.facts,
      checks: probe.checks,
      environments: probe.environments,
      identity: identifyMachine(known, server, { ...probe, ipv4 }),
    };
  } catch (error) {
    signal.throwIfAborted();
    const obstacle = obstacleOf(server);
    if (obstacle !== null) return unobserved(name, server, ipv4, 'unreachable', 'ServerLocked', obstacle);
    return unobserved(
      name,
      server,
      ipv4,
      'unreachable',
      reasonOf(error),
      deps.secrets.redact(messageOf(error)),
    );
  }
}

/** What the provider says of a server that does not answer. */
function obstacleOf(server: ObservedServer | null): string | null {
  if (server?.rescue === true) return `its server ${server.id} boots the rescue system of the provider`;
  return server?.locked === true ? `its server ${server.id} is locked by the provider` : null;
}

function unobserved(
  name: NodeName,
  server: ObservedServer | null,
  ipv4: string | null,
  state: NodeState,
  reason: NodeReason,
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

function reasonOf(error: unknown): NodeReason {
  if (isPressluftError(error, errors.nodeHostKeyMismatch)) return 'HostKeyMismatch';
  if (isPressluftError(error, errors.nodeRefusedKey)) return 'SshKeyRefused';
  if (isPressluftError(error, errors.processTimedOut)) return 'SshTimeout';
  if (isPressluftError(error, errors.nodeCommandFailed) || isPressluftError(error, errors.nodeReplyInvalid))
    return 'ProbeFailed';
  return 'NodeUnreachable';
}
