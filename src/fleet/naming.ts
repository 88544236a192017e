import { hash } from 'node:crypto';
import type { EnvironmentName, NodeName, ResourceRef, Uid } from './brand.ts';
import { sha256Hex } from './digest.ts';

/** Labels that identify all provider resources that Pressluft creates. */
export const fleetLabel = 'pressluft.dev/fleet';
export const resourceLabel = 'pressluft.dev/resource';
export const uidLabel = 'pressluft.dev/uid';
/** Host key that a server was created with, as {@link hostKeyId}. */
export const hostKeyLabel = 'pressluft.dev/host-key';

/** Short name of a public key (OpenSSH form, with or without a comment): 16 hexadecimal digits. */
export function hostKeyId(publicKey: string): string {
  return sha256Hex(bareKey(publicKey)).slice(0, 16);
}

/** A public key without the comment that ssh-keygen adds. */
export function bareKey(publicKey: string): string {
  return publicKey.trim().split(/\s+/).slice(0, 2).join(' ');
}

const base32 = 'abcdefghijklmnopqrstuvwxyz234567';

/** Identity of a resource: derived from fleet, kind and name, so it survives the loss of all state. */
export function uidOf(fleet: string, ref: ResourceRef): Uid {
  const bytes = hash('sha256', `${fleet}\n${ref}`, 'buffer');
  let uid = '';
  // Each five bytes are eight digits.
  for (const at of [0, 5]) {
    const high = bytes.readUInt16BE(at) * 16 + (bytes.readUInt8(at + 2) >> 4);
    const low = (bytes.readUInt8(at + 2) & 15) * 0x1_00_00 + bytes.readUInt16BE(at + 3);
    uid += digits(high) + digits(low);
  }
  return uid as Uid;
}

/** The four base-32 digits of 20 bits. */
function digits(bits: number): string {
  return `${base32[bits >> 15]}${base32[(bits >> 10) & 31]}${base32[(bits >> 5) & 31]}${base32[bits & 31]}`;
}

/** Provider-side labels of a resource. Label values allow no slash, so the resource is written `kind.name`. */
export function ownerLabels(fleet: string, ref: ResourceRef, uid: Uid): Readonly<Record<string, string>> {
  return { [fleetLabel]: fleet, [resourceLabel]: ref.replace('/', '.').slice(0, 63), [uidLabel]: uid };
}

/** Name of the server of a node; server names are unique in a cloud account and must be host names (RFC 1123). */
export function serverName(fleet: string, node: NodeName): string {
  return bounded(`${fleet}-${node}`, 63, '-');
}

export interface EnvironmentNames {
  readonly unixUser: string;
  readonly database: string;
  readonly databaseUser: string;
  readonly redisUser: string;
  readonly redisPrefix: string;
}

/**
 * Names on the node. Limits: 32 characters for a Unix user (useradd), 64 for a database, 80 for a database user
 * (MariaDB identifier names). Longer names are truncated and made unique with a hash.
 */
export function environmentNames(environment: EnvironmentName): EnvironmentNames {
  const unixUser = bounded(`pl-${environment}`, 32, '-');
  const database = bounded(`pl_${environment.replaceAll('-', '_')}`, 60, '_');
  return { unixUser, database, databaseUser: database, redisUser: unixUser, redisPrefix: `${unixUser}:` };
}

/** `<environment>.<address with dashes>.<preview domain>`; wildcard DNS resolves it to the address, so it needs no DNS record. */
export function previewHost(environment: EnvironmentName, ipv4: string, previewDomain: string): string {
  return `${bounded(environment, 63, '-')}.${ipv4.replaceAll('.', '-')}.${previewDomain}`;
}

function bounded(name: string, max: number, separator: string): string {
  if (name.length <= max) return name;
  return `${name.slice(0, max - 9)}${separator}${sha256Hex(name).slice(0, 8)}`;
}
