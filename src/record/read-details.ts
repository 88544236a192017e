import type { Digest, NodeName, ResourceRef, Uid } from '../fleet/brand.ts';
import { deletionPolicies } from '../fleet/desired.ts';
import type { DriftedFile, NodeState, ObservedServer } from '../fleet/observed.ts';
import type { StatusDocument } from '../fleet/recorded.ts';
import type { EnvironmentObservation, NodeObservation, OrphanObservation } from './observations.ts';

type Json = Readonly<Record<string, unknown>>;

/** Reading `details` of a status document. The branch is open to people, so what makes no sense is left out. */
export function readNodeObservation(details: Json): NodeObservation | null {
  const observed = record(details.observed);
  const state = nodeStates.find((candidate) => candidate === observed?.state);
  if (observed === null || state === undefined) return null;
  const failing = list(observed.failing).flatMap((item) => {
    const code = text(item.code);
    return code === null ? [] : [{ code, message: text(item.message) ?? code }];
  });
  const strays = list(observed.strays).flatMap(readOrphan);
  const [reason, message] = [text(observed.reason), text(observed.message)];
  return {
    state,
    ...(reason === null ? {} : { reason }),
    ...(message === null ? {} : { message }),
    ...(observed.provisioned === false ? { provisioned: false as const } : {}),
    ...(failing.length === 0 ? {} : { failing }),
    ...(strays.length === 0 ? {} : { strays }),
  };
}

export function readEnvironmentObservation(observed: unknown): EnvironmentObservation | null {
  const found = record(observed);
  if (found === null || (found.state !== 'running' && found.state !== 'stopped')) return null;
  const policy = deletionPolicies.find((candidate) => candidate === found.deletionPolicy);
  const drift = list(found.drift).flatMap(readDrift);
  const services = texts(found.failedServices);
  const owner = text(found.owner);
  return {
    state: found.state,
    ...(owner === null ? {} : { owner }),
    ...(found.complete === false ? { complete: false as const } : {}),
    ...(found.retained === true ? { retained: true as const } : {}),
    ...(policy === undefined ? {} : { deletionPolicy: policy }),
    ...(drift.length === 0 ? {} : { drift }),
    ...(services.length === 0 ? {} : { failedServices: services }),
  };
}

/** The id that the provider gave the server of a node; null when none is recorded. */
export function recordedServerId({ details }: Pick<StatusDocument, 'details'>): number | null {
  const id = record(details.server)?.id;
  return typeof id === 'number' && Number.isSafeInteger(id) && id > 0 ? id : null;
}

export function readServer(details: Json, node: NodeName, ref: ResourceRef, uid: Uid): ObservedServer | null {
  const server = record(details.server);
  const id = server?.id;
  if (server === null || typeof id !== 'number') return null;
  return {
    id,
    name: text(server.name) ?? node,
    status: 'running',
    ipv4: text(details.ipv4),
    serverType: text(server.type) ?? '',
    location: text(server.location) ?? '',
    image: text(server.image),
    resource: ref,
    uid: ownerOf(text(server.owner), uid),
  };
}

/** Whose a thing is that names its owner only where it is not the usual one. */
export function ownerOf(owner: string | null, usual: Uid): Uid | null {
  return owner === null ? usual : owner === 'none' ? null : (owner as Uid);
}

const nodeStates: readonly NodeState[] = [
  'absent',
  'unknown',
  'unreachable',
  'unprovisioned',
  'not_ready',
  'ready',
];

function readOrphan(item: Json): readonly OrphanObservation[] {
  const name = text(item.name);
  const observation = readEnvironmentObservation(item);
  const digest = text(item.digest);
  if (name === null || !/^[a-z0-9][a-z0-9-]{0,62}$/.test(name) || observation === null) return [];
  const applied = record(item.applied);
  const [wordpressVersion, phpVersion] = [text(item.wordpressVersion), text(item.phpVersion)];
  return [
    {
      name,
      ...observation,
      ...(digest === null ? {} : { digest: digest as Digest }),
      ...(applied === null ? {} : { applied }),
      ...(wordpressVersion === null ? {} : { wordpressVersion }),
      ...(phpVersion === null ? {} : { phpVersion }),
    },
  ];
}

function readDrift(item: Json): readonly DriftedFile[] {
  const path = text(item.path);
  if (path === null) return [];
  return [{ path, expected: text(item.expected) ?? '', actual: text(item.actual) }];
}

export function record(value: unknown): Json | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : null;
}

export function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

export function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

/** The records of a list, at most a thousand: more than any node or environment has of anything. */
function list(value: unknown): readonly Json[] {
  const found: Json[] = [];
  for (const item of Array.isArray(value) ? value.slice(0, 1000) : []) {
    const one = record(item);
    if (one !== null) found.push(one);
  }
  return found;
}
