import type { DesiredNode } from '../fleet/desired.ts';
import { digestOf } from '../fleet/digest.ts';
import { nodeTask, pinnedWpCli, taskDigest, withoutUrls } from '../fleet/environment-task.ts';
import type { IdentityFinding, ObservedNode, ReadinessCheck } from '../fleet/observed.ts';
import type { Action, Blocked } from '../fleet/plan.ts';
import { checkWords, failingChecks, isRepairable, nextStepOfCheck } from '../fleet/readiness.ts';
import type { ReasonEntry } from '../fleet/reasons/reason-entry.ts';
import { type ActionReason, type BlockedReason, reasonEntry, reasons } from '../fleet/reasons.ts';
import { because } from './block-actions.ts';
import { causeOf } from './cause.ts';
import { fieldChanges } from './field-changes.ts';
import { makeAction } from './make-action.ts';
import { act, block, nothing, type PlanInput, type Planned } from './plan-input.ts';
import { lost } from './undo.ts';

/** Plans creation and provisioning of one desired node. */
export function planNode(input: PlanInput, node: DesiredNode): Planned {
  const seen = input.observed.nodes.get(node.name);
  if (seen?.identity != null) return planSuspect(input, node, seen, seen.identity);
  switch (seen?.state) {
    // The state of a node is unknown while its provider does not answer.
    case undefined:
    case 'unknown':
      return block(blockedNode(input, node, seen, 'ProviderDegraded'));
    case 'absent':
      return node.kind === 'existing'
        ? block(blockedNode(input, node, seen, 'NodeUnreachable'))
        : act(
            createNode(input, node),
            provisionNode(input, node, seen, 'Missing', [`node.create:${node.name}`]),
          );
    case 'unreachable':
      return block(blockedNode(input, node, seen, seen.reason ?? 'NodeUnreachable'));
    case 'unprovisioned':
    case 'not_ready':
    case 'ready':
      return planReachableNode(input, node, seen);
  }
}

/**
 * A node that is not the recorded one is left alone. What cannot be taken back outside of Pressluft can be accepted by a person: the action
 * for that is planned, and needs an approval of its own.
 */
function planSuspect(
  input: PlanInput,
  node: DesiredNode,
  seen: ObservedNode,
  finding: IdentityFinding,
): Planned {
  const { reason, message, nextStep } = finding;
  switch (reason) {
    case 'ServerUnlabelled':
    case 'ServerRenamed':
    case 'ServerAmbiguous':
      return block({ ...blockedNode(input, node, seen, reason), message, nextStep });
    case 'ServerGone':
      return act(
        createNode(input, node, finding),
        provisionNode(input, node, seen, 'Missing', [`node.create:${node.name}`]),
      );
    case 'ServerRebuilt':
    case 'ServerAddressChanged':
      // It could not be provisioned now.
      return failingChecks(seen.checks).every(isRepairable)
        ? act(acceptNode(input, node, finding, reason))
        : block({ ...blockedNode(input, node, seen, reason), message, nextStep });
    default:
      return reason satisfies never;
  }
}

function planReachableNode(input: PlanInput, node: DesiredNode, seen: ObservedNode): Planned {
  const failing = failingChecks(seen.checks).filter((check) => !isOfEnvironment(input, node, check));
  const waiting = failing.filter((check) => !isRepairable(check));
  // Provisioning cannot repair a full disk or release an apt lock, and would fail.
  if (waiting.length > 0) return block(blockedNode(input, node, seen, 'NodeNotReady'));
  if (seen.appliedDigest !== desiredDigestOf(input, node)) {
    return act(provisionNode(input, node, seen, seen.appliedDigest === null ? 'Missing' : 'SpecChanged', []));
  }
  if (failing.length > 0) return act(provisionNode(input, node, seen, 'Drifted', []));
  return input.force === true ? act(provisionNode(input, node, seen, 'Forced', [])) : nothing;
}

/** Its converge puts that right; provisioning does not write the files of an environment. */
function isOfEnvironment(
  { desired }: PlanInput,
  node: DesiredNode,
  { environment }: ReadinessCheck,
): boolean {
  return environment !== undefined && desired.environments.get(environment)?.node === node.name;
}

/**
 * Manifest changes that an existing server cannot take in place. Reported as blocked; work on the environments of the node continues.
 */
export function planFixedFields(input: PlanInput, node: DesiredNode): Planned {
  const server = input.observed.nodes.get(node.name)?.server;
  const isSuspect = input.observed.nodes.get(node.name)?.identity != null;
  if (node.kind !== 'acquired' || server == null || isSuspect) return nothing;
  const other = 'For another one, describe a new node: this server and its data stay as they are.';
  const fields = [
    {
      field: 'serverType',
      has: server.serverType,
      wants: node.serverType,
      instead: `Or change the type of server ${server.id} (${server.name}) to ${node.serverType} at the provider, while it is off.`,
    },
    { field: 'location', has: server.location, wants: node.location, instead: other },
    { field: 'image', has: server.image, wants: node.image, instead: other },
    // A provider may no longer report the image of an old server; an unknown value is no difference.
  ].filter(({ has, wants }) => has !== null && has !== '' && has !== wants);
  const [first] = fields;
  if (first === undefined) return nothing;
  const differences = fields.map(({ field, has, wants }) => `${field} is ${has}, the manifest says ${wants}`);
  return block({
    resource: node.ref,
    node: node.name,
    kind: 'node.create',
    ...because('ServerDiffers', differences.join('; '), wayBack(fields)),
    cause: input.desired.locate(node.ref, `/spec/${first.field}`) ?? null,
  });
}

/** Exactly what to write or to do, for each field that differs. */
function wayBack(
  fields: readonly { readonly field: string; readonly has: string | null; readonly instead: string }[],
): string {
  const steps = fields.map(({ field, has }) => `spec.${field} back to ${has}`);
  return [`Set ${steps.join(', and ')}.`, ...new Set(fields.map(({ instead }) => instead))].join(' ');
}

/** Digest that a node has after provisioning as desired. */
export function desiredDigestOf(input: PlanInput, node: DesiredNode) {
  return taskDigest(taskOf(input, node), input.contentVersion);
}

function taskOf({ desired }: PlanInput, node: DesiredNode) {
  return nodeTask(
    node,
    desired.config.fleet,
    desired.config.phpAptSource,
    pinnedWpCli(desired.config.artifacts),
  );
}

function createNode(input: PlanInput, node: DesiredNode, gone: IdentityFinding | null = null): Action {
  const detail =
    node.kind === 'acquired' ? `${node.serverType} in ${node.location}, image ${node.image}` : '';
  return makeAction(input, {
    id: `node.create:${node.name}`,
    kind: 'node.create',
    resource: node.ref,
    target: { kind: 'node', node: node.name, provider: node.provider },
    reason:
      gone !== null
        ? 'ServerGone'
        : input.recorded.status.get(node.ref)?.appliedDigest == null
          ? 'Missing'
          : 'ServerMissing',
    message: `create ${gone === null ? 'server' : 'a new, empty server'} ${detail}`,
    cause: causeOf(input.desired, node.ref),
    changes: [],
    desiredDigest: digestOf({ create: node }),
    dependsOn: [],
    exclusive: [`node/${node.name}`],
    ...(gone === null ? {} : { risk: 'data', undo: lost('the data of the former server is not restored') }),
    found: gone === null ? null : { gone: gone.before },
  });
}

/** Provisions a node as it is now, and so accepts it in place of the recorded one. */
function acceptNode(
  input: PlanInput,
  node: DesiredNode,
  { before, after }: IdentityFinding,
  reason: 'ServerRebuilt' | 'ServerAddressChanged',
): Action {
  const isRebuilt = reason === 'ServerRebuilt';
  return makeAction(input, {
    id: `node.provision:${node.name}`,
    kind: 'node.provision',
    resource: node.ref,
    target: { kind: 'node', node: node.name, provider: node.provider },
    reason,
    message: isRebuilt ? 'provision it as a new, empty node' : 'keep it with its new address',
    cause: causeOf(input.desired, node.ref),
    changes: isRebuilt ? [] : [{ field: 'address', before, after }],
    desiredDigest: desiredDigestOf(input, node),
    dependsOn: [],
    exclusive: [`node/${node.name}`],
    risk: isRebuilt ? 'data' : 'downtime',
    undo: lost(
      isRebuilt
        ? 'the data of the former disk is not restored'
        : 'DNS records with the former address end nowhere',
    ),
    found: { before, after },
  });
}

function provisionNode(
  input: PlanInput,
  node: DesiredNode,
  seen: ObservedNode,
  reason: ActionReason,
  dependsOn: readonly string[],
): Action {
  const changes =
    seen.appliedSpec === null ? [] : fieldChanges(seen.appliedSpec, withoutUrls(taskOf(input, node)));
  const failing = failingChecks(seen.checks).map(checkWords);
  return makeAction(input, {
    id: `node.provision:${node.name}`,
    kind: 'node.provision',
    resource: node.ref,
    target: { kind: 'node', node: node.name, provider: node.provider },
    reason: reason === 'SpecChanged' && changes.length === 0 ? 'ContentChanged' : reason,
    message: reason === 'Drifted' ? `repair ${failing.join(', ')}` : 'install and configure the node',
    cause: causeOf(input.desired, node.ref, changes),
    changes,
    desiredDigest: desiredDigestOf(input, node),
    dependsOn,
    exclusive: [`node/${node.name}`],
    ...(seen.appliedDigest === null ? { risk: 'none' } : {}),
    found: { appliedDigest: seen.appliedDigest, failing },
  });
}

function blockedNode(
  { desired }: PlanInput,
  node: DesiredNode,
  seen: ObservedNode | undefined,
  reason: BlockedReason,
): Blocked {
  const [first] = failingChecks(seen?.checks ?? []);
  const { nextStep, needsPerson } = reasonEntry(reason);
  return {
    resource: node.ref,
    node: node.name,
    kind: 'node.provision',
    reason,
    message: first?.message ?? (seen?.message || `provider ${node.provider} did not answer`),
    nextStep: first === undefined ? textOf(nextStep) : nextStepOfCheck(first),
    needsPerson: needsPerson ?? false,
    cause: causeOf(desired, node.ref),
  };
}

function textOf(nextStep: ReasonEntry['nextStep']): string {
  return typeof nextStep === 'string' ? nextStep : reasons.NodeUnreachable.nextStep;
}
