import { isIPv4 } from 'node:net';
import type { ResourceRef, Uid } from '../../fleet/brand.ts';
import { hostKeyLabel, resourceLabel, uidLabel } from '../../fleet/naming.ts';
import type { CloudKey, CloudServer } from '../../ports/cloud.ts';
import {
  type Fields,
  id,
  integerOrNull,
  labels,
  malformed,
  object,
  objectOrNull,
  objects,
  oneOf,
  text,
  textOrNull,
  texts,
} from './reader.ts';

/** The provider allows 50 rules per firewall; a reply with more is invalid. */
const maxRules = 500;
/** Servers of one firewall. */
const maxTargets = 10_000;

export function readServer(server: Fields): CloudServer {
  const own = labels(server, 'labels');
  const network = object(server, 'public_net');
  const ipv4 = objectOrNull(network, 'ipv4');
  const image = objectOrNull(server, 'image');
  return {
    id: id(server, 'id'),
    name: text(server, 'name'),
    status: text(server, 'status'),
    ipv4: ipv4 === null ? null : ipv4Address(ipv4),
    serverType: text(object(server, 'server_type'), 'name'),
    location: text(object(server, 'location'), 'name'),
    image: image === null ? null : textOrNull(image, 'name'),
    resource: resourceOf(own),
    uid: uidOfLabels(own),
    ...(own[hostKeyLabel] === undefined ? {} : { hostKeyId: own[hostKeyLabel] }),
    ...(network.at('firewalls').raw == null
      ? {}
      : { firewalls: objects(network, 'firewalls', 100).map((firewall) => id(firewall, 'id')) }),
    ...(server.at('locked').raw === true ? { locked: true as const } : {}),
    ...(server.at('rescue_enabled').raw === true ? { rescue: true as const } : {}),
    labels: own,
  };
}

export function readKey(key: Fields): CloudKey {
  return {
    id: id(key, 'id'),
    name: text(key, 'name'),
    fingerprint: text(key, 'fingerprint'),
    publicKey: text(key, 'public_key'),
    labels: labels(key, 'labels'),
  };
}

/** A rule at the provider; Pressluft writes incoming rules only, so any other rule counts as a difference. */
export interface ProviderRule {
  readonly direction: string;
  readonly protocol: string;
  readonly port: string | null;
  readonly sourceIps: readonly string[];
  readonly destinationIps: readonly string[];
  readonly description: string;
}

export interface ProviderFirewall {
  readonly id: number;
  readonly name: string;
  readonly rules: readonly ProviderRule[];
  /** Ids of the servers that it is applied to, directly or by a label. */
  readonly servers: readonly number[];
  readonly labels: Readonly<Record<string, string>>;
}

export function readFirewall(firewall: Fields): ProviderFirewall {
  return {
    id: id(firewall, 'id'),
    name: text(firewall, 'name'),
    rules: objects(firewall, 'rules', maxRules).map(readRule),
    servers: objects(firewall, 'applied_to', maxTargets).flatMap(serversOfTarget),
    labels: labels(firewall, 'labels'),
  };
}

function serversOfTarget(target: Fields): readonly number[] {
  if (text(target, 'type') === 'server') return [id(object(target, 'server'), 'id')];
  if (target.at('applied_to_resources').raw == null) return [];
  return objects(target, 'applied_to_resources', maxTargets).flatMap((resource) => {
    const server = objectOrNull(resource, 'server');
    return server === null ? [] : [id(server, 'id')];
  });
}

export interface ProviderAction {
  readonly id: number;
  readonly command: string;
  readonly status: 'running' | 'success' | 'error';
  readonly progress: number;
  /** E.g. `server 42`. */
  readonly resources: readonly string[];
  /** Null unless the status is `error`. */
  readonly error: { readonly code: string; readonly message: string } | null;
}

export function readAction(action: Fields): ProviderAction {
  const status = oneOf(action, 'status', ['running', 'success', 'error']);
  const error = objectOrNull(action, 'error');
  return {
    id: id(action, 'id'),
    command: text(action, 'command').slice(0, 100),
    status,
    progress: Math.min(100, Math.max(0, integerOrNull(action, 'progress') ?? 0)),
    resources: objects(action, 'resources', 100).map(
      (item) => `${text(item, 'type').slice(0, 40)} ${id(item, 'id')}`,
    ),
    error:
      status !== 'error'
        ? null
        : {
            code: (error === null ? null : textOrNull(error, 'code')) ?? 'unknown',
            message: (error === null ? null : textOrNull(error, 'message')) ?? '',
          },
  };
}

function readRule(rule: Fields): ProviderRule {
  return {
    direction: text(rule, 'direction'),
    protocol: text(rule, 'protocol'),
    port: textOrNull(rule, 'port'),
    sourceIps: texts(rule, 'source_ips', maxRules),
    destinationIps: texts(rule, 'destination_ips', maxRules),
    description: textOrNull(rule, 'description') ?? '',
  };
}

/** Used in SSH command lines and file names, so anything but a literal address is rejected. */
function ipv4Address(network: Fields): string {
  const address = text(network, 'ip');
  if (!isIPv4(address)) throw malformed(network.at('ip').path, 'an IPv4 address');
  return address;
}

function resourceOf(own: Readonly<Record<string, string>>): ResourceRef | null {
  const match = /^([a-z]+)\.([a-z0-9][a-z0-9.-]*)$/.exec(own[resourceLabel] ?? '');
  return match === null ? null : (`${match[1]}/${match[2]}` as ResourceRef);
}

export function uidOfLabels(own: Readonly<Record<string, string>>): Uid | null {
  const uid = own[uidLabel] ?? '';
  return /^[a-z2-7]{16}$/.test(uid) ? (uid as Uid) : null;
}
