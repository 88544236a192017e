import type { EnvironmentName, NodeName, ProviderName } from '../fleet/brand.ts';
import { uidOf } from '../fleet/naming.ts';
import type { ObservedNode } from '../fleet/observed.ts';
import { reasonEntry } from '../fleet/reasons.ts';
import type { StatusDocument } from '../fleet/recorded.ts';
import { resourceRef } from '../fleet/resource.ts';
import { type Block, because } from './block-actions.ts';
import type { FleetView } from './fleet-view.ts';
import { block, type PlanInput, type Planned } from './plan-input.ts';
import { quarantineOf } from './quarantined.ts';
import { provenFinalBackup } from './remove-environment.ts';

/**
 * Recorded environments without a manifest that no probe can report. Their records are kept, with a reason, while something of them may exist,
 * or if data that was to be kept is gone. Other records end.
 */
export function unobservedEnvironments(input: FleetView): readonly Planned[] {
  return [...input.recorded.status.values()].flatMap((status) => {
    if (!status.ref.startsWith('environment/') || status.node === null) return [];
    const name = status.ref.slice('environment/'.length) as EnvironmentName;
    if (input.desired.environments.has(name) || quarantineOf(input, status.ref) !== null) return [];
    const node = status.node as NodeName;
    const seen = input.observed.nodes.get(node);
    if (seen?.environments.has(name) === true) return [];
    const why = seen === undefined ? withoutNode(input, status, node) : onNode(input, status, seen);
    if (why === null) return [];
    return [block({ resource: status.ref, node, kind: 'environment.delete', ...why, cause: null })];
  });
}

function onNode(
  input: PlanInput,
  status: StatusDocument,
  { name, state, reason, identity }: ObservedNode,
): Block | null {
  if (identity != null) {
    if (identity.reason === 'ServerGone') return lossOf(status, name, identity.nextStep);
    return because(
      identity.reason,
      `its manifest is gone, and node ${name} is not as recorded: ${identity.message}`,
      `${identity.nextStep} Until then nothing of the environment is removed.`,
    );
  }
  switch (state) {
    case 'ready':
    case 'not_ready':
    case 'unprovisioned':
      return retainedLoss(input, status, name);
    case 'absent':
      if (reason !== 'CreateInterrupted') return lossOf(status, name, restoreServer);
      // The node never came to life, so nothing of an environment that was not applied is on it.
      return status.appliedDigest === null ? null : unreachable(name, false);
    case 'unreachable':
    case 'unknown':
      return unreachable(name, reason !== null && reasonEntry(reason).needsPerson === true);
    default:
      return state satisfies never;
  }
}

/** The node has no manifest, and its provider reports no server of it. */
function withoutNode(input: PlanInput, status: StatusDocument, node: NodeName): Block | null {
  const ref = resourceRef('Node', node);
  const name = input.recorded.status.get(ref)?.provider as ProviderName | null | undefined;
  if (name == null || input.desired.providers.get(name)?.machines !== 'acquired') {
    return {
      reason: 'NodeUnreachable',
      message: `its manifest and that of node ${node} are gone, so the node is not observed any more`,
      nextStep: `Bring the manifest of node ${node} back; until then nothing of the environment is removed. ${forget(status)}`,
      needsPerson: true,
    };
  }
  const provider = input.observed.providers.get(name);
  if (provider?.state !== 'connected') return unreachable(node, false);
  const uid = uidOf(input.desired.config.fleet, ref);
  const isGone = !provider.servers.some((server) => server.uid === uid);
  return isGone ? lossOf(status, node, restoreServer) : unreachable(node, false);
}

const restoreServer =
  'Restore the server from a snapshot or a backup at the provider, with its name and labels.';

function unreachable(node: NodeName, needsPerson: boolean): Block {
  return {
    reason: 'NodeUnreachable',
    message: `its manifest is gone, and node ${node} cannot be reached`,
    nextStep: `Bring node ${node} back; until then nothing of the environment is removed.`,
    needsPerson,
  };
}

/** Nothing of the environment is left. That is a loss only if its data was to be kept. */
function lossOf(status: StatusDocument, node: NodeName, nextStep: string): Block | null {
  const isKept = status.protected || status.deletionPolicy !== 'delete';
  if (status.appliedDigest === null || !isKept) return null;
  const why = status.protected ? 'it is protected' : `policy ${status.deletionPolicy ?? 'retain'}`;
  return because(
    'DataMissing',
    `its data was to be kept (${why}), and is gone with the server of node ${node}`,
    `${nextStep} ${forget(status)}`,
  );
}

/** A retained environment that is not on its node any more. Only a deletion after a verified final backup was one of Pressluft. */
function retainedLoss(input: PlanInput, status: StatusDocument, node: NodeName): Block | null {
  if (!isRecordedAsRetained(status) || provenFinalBackup(input, status) !== undefined) return null;
  const name = status.ref.slice('environment/'.length);
  return because(
    'DataMissing',
    `it was retained on node ${node}, and its files and its database are not there any more`,
    `Bring its data back: restore the server or its disk, or /srv/pressluft/${name}, its database and /etc/pressluft/environments/${name}.json. ${forget(status)}`,
  );
}

/** Records of earlier versions have no time of the retention. */
function isRecordedAsRetained({ details, conditions }: StatusDocument): boolean {
  return (
    typeof details.retainedSince === 'string' ||
    conditions.some(({ type, reason }) => type === 'Ready' && reason === 'Retained')
  );
}

function forget({ ref }: StatusDocument): string {
  return `If nothing of it is needed, delete status/${ref}.yaml on the status branch.`;
}
