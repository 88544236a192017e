import type { EnvironmentName, NodeName, ResourceRef, Uid } from '../../fleet/brand.ts';
import type { IdentityFinding, NodeState, ObservedNode, ObservedServer } from '../../fleet/observed.ts';
import { failingChecks } from '../../fleet/readiness.ts';
import {
  type CheckReason,
  type IdentityReason,
  identityReasonNames,
  isNodeReason,
  type NodeReason,
  readCheck,
  reasonWithMessage,
} from '../../fleet/reasons.ts';
import type { StatusDocument } from '../../fleet/recorded.ts';
import {
  type Codec,
  flag,
  list,
  mapped,
  matching,
  number,
  object,
  oneOf,
  optional,
  required,
  text,
  usually,
} from './codec.ts';
import { orphanObservation, ownerOf, ownerWords } from './environment-details.ts';

/** Version 1 has the reason and detail of a check in one text, `code`. */
const check: Codec<Found> = mapped(
  object({
    reason: usually(text, '', 'code'),
    detail: usually(text, null),
    environment: optional(matching<EnvironmentName>(/^[a-z0-9][a-z0-9-]{0,62}$/)),
  }),
  ({ reason: code, detail, environment }) => {
    if (code === '') return undefined;
    const found = readCheck(code);
    return {
      reason: found.reason,
      detail: detail ?? found.detail,
      ...(environment === undefined ? {} : { environment }),
    };
  },
  (value) => value,
);
interface Found {
  readonly reason: CheckReason;
  readonly detail: string | null;
  /** The environment whose configuration a service rejects. */
  readonly environment?: EnvironmentName;
}

const message = object({ message: usually(text, '') });

const failingCheck = {
  read: (raw: unknown) => {
    const found = check.read(raw);
    return found && { ...found, message: message.read(raw)?.message || found.reason };
  },
  write: ({ message: words, ...found }) => ({ ...(check.write(found) as object), message: words }),
} satisfies Codec<Found & { message: string }>;

/** Version 1 has texts. */
const warning: Codec<Found> = {
  read: (raw) => check.read(typeof raw === 'string' ? { reason: raw } : raw),
  write: check.write,
};

type FirewallValue = string | boolean | readonly string[] | null;

const firewallValue: Codec<FirewallValue> = {
  read: (raw) => {
    if (typeof raw === 'string' || typeof raw === 'boolean') return raw;
    return Array.isArray(raw) ? raw.slice(0, 100).filter((item) => typeof item === 'string') : undefined;
  },
  write: (value) => value,
};

const firewallChange = object({
  field: required(text),
  before: usually(firewallValue, null),
  after: usually(firewallValue, null),
});

/** Why the node is not the recorded one. */
const identity: Codec<IdentityFinding> = object({
  reason: required(oneOf<IdentityReason>(identityReasonNames)),
  message: usually(text, ''),
  nextStep: usually(text, ''),
  before: usually(text, null),
  after: usually(text, null),
});

/** Facts that a plan needs of a node in addition to its applied state. */
export const nodeObservation = mapped(
  object({
    state: required(
      oneOf<NodeState>(['absent', 'unknown', 'unreachable', 'unprovisioned', 'not_ready', 'ready']),
    ),
    reason: usually(text, null),
    message: usually(text, ''),
    /** False when provisioning was interrupted, or never started. */
    provisioned: usually(flag, true),
    failing: usually(list(failingCheck), []),
    /** Environments on it that have no record of their own there. */
    orphans: usually(list(orphanObservation), [], 'strays'), // former name
    identity: optional(identity),
    /** Drift of the provider's firewall; absent for none. */
    firewall: optional(list(firewallChange)),
  }),
  (found) => ({ ...found, ...reasonOf(found.reason, found.message) }),
  (value) => value,
);
export type NodeObservation = ValueOf<typeof nodeObservation>;

/** In version 1 the reason of a node that is not ready is its first failing check with the detail. */
function reasonOf(
  written: string | null,
  words: string,
): { readonly reason: NodeReason | null; readonly message: string } {
  if (written === null) return { reason: null, message: words };
  const colon = written.indexOf(':');
  const found = reasonWithMessage(colon < 0 ? written : written.slice(0, colon), words);
  return isNodeReason(found.reason)
    ? { reason: found.reason, message: found.message }
    : { reason: 'UnknownReason', message: `${written}: ${words}` };
}

const server = object({
  id: usually(number, null),
  name: usually(text, null),
  type: usually(text, ''),
  location: usually(text, ''),
  image: usually(text, null),
  /** Owner, if it is not the expected uid of the name; `none` without an owner. */
  owner: usually(text, null),
});

/** `details` of the record of a node. */
export const nodeDetails = object({
  os: usually(text, null),
  cores: usually(number, null),
  memoryMib: usually(number, null),
  phpVersions: usually(list(text), null),
  ipv4: usually(text, null),
  server: usually(server, null),
  hostKey: usually(text, null),
  /** Identity of its disk. */
  machineId: usually(text, null),
  warnings: usually(list(warning), []),
  observed: optional(nodeObservation),
});
export type NodeDetails = ValueOf<typeof nodeDetails>;

export const noNodeDetails: NodeDetails = {
  os: null,
  cores: null,
  memoryMib: null,
  phpVersions: null,
  ipv4: null,
  server: null,
  hostKey: null,
  machineId: null,
  warnings: [],
};

type ValueOf<C> = C extends Codec<infer T> ? T : never;

export function nodeDetailsOf(status: Pick<StatusDocument, 'details'> | undefined): NodeDetails {
  return (status === undefined ? undefined : nodeDetails.read(status.details)) ?? noNodeDetails;
}

/**
 * Facts that a plan needs of a node. Recorded messages are kept while their reasons are the same: the numbers in them (free disk
 * space, milliseconds) must not cause a commit in every pass.
 */
export function observationOfNode(seen: ObservedNode, before: NodeObservation | undefined): NodeObservation {
  const failing = failingChecks(seen.checks).map(({ reason, detail, environment, message: words }) => {
    const known = before?.failing.find(
      (one) => one.reason === reason && one.detail === detail && one.environment === environment,
    );
    return {
      reason,
      detail,
      ...(environment === undefined ? {} : { environment }),
      message: known?.message ?? words,
    };
  });
  const isSame = before?.state === seen.state && before.reason === seen.reason;
  return {
    state: seen.state,
    reason: seen.reason,
    message: isSame ? before.message : seen.message,
    provisioned: !isObserved(seen) || seen.appliedDigest !== null,
    failing,
    orphans: [],
    ...(seen.identity == null ? {} : { identity: seen.identity }),
    ...(seen.firewall === undefined || seen.firewall.length === 0
      ? {}
      : { firewall: seen.firewall.flatMap((change) => firewallChange.read(change) ?? []) }),
  };
}

export function recordedServer(found: ObservedServer, uid: Uid): NodeDetails['server'] {
  const { id, name, serverType, location, image } = found;
  return { id, name, type: serverType, location, image, owner: ownerWords(found.uid, uid) };
}

/** The observed server of a record. */
export function serverOf(
  { server: found, ipv4 }: NodeDetails,
  node: NodeName,
  ref: ResourceRef,
  uid: Uid,
): ObservedServer | null {
  if (found === null || found.id === null) return null;
  return {
    id: found.id,
    name: found.name ?? node,
    status: 'running',
    ipv4,
    serverType: found.type,
    location: found.location,
    image: found.image,
    resource: ref,
    uid: ownerOf(found.owner, uid),
  };
}

/** The id that the provider gave the server of a node; null when none is recorded. */
export function recordedServerId(status: Pick<StatusDocument, 'details'>): number | null {
  const id = nodeDetailsOf(status).server?.id ?? null;
  return id !== null && Number.isSafeInteger(id) && id > 0 ? id : null;
}

/** Whether a probe has listed the environments of the node. */
export function isObserved(node: Pick<ObservedNode, 'state'> | undefined): boolean {
  return node !== undefined && probed.has(node.state);
}

const probed: ReadonlySet<NodeState> = new Set<NodeState>(['unprovisioned', 'not_ready', 'ready']);
