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
  return base32Of(`${fleet}\n${ref}`) as Uid;
}

/**
 * Provider-side labels of a resource. Label values allow no slash, so the resource is written `kind.name`. A value has at most 63 characters and
 * ends with a letter or digit, also where a long name is cut.
 */
export function ownerLabels(fleet: string, ref: ResourceRef, uid: Uid): Readonly<Record<string, string>> {
  const label = ref
    .replace('/', '.')
    .slice(0, 63)
    .replace(/[^a-z0-9]+$/, '');
  return { [fleetLabel]: fleet, [resourceLabel]: label, [uidLabel]: uid };
}

/** Name of the server of a node; server names are unique in a cloud account and must be host names (RFC 1123). */
export function serverName(fleet: string, node: NodeName): string {
  const name = `${fleet}-${node}`;
  return name.length <= 63 ? name : `${name.slice(0, 54)}-${sha256Hex(name).slice(0, 8)}`;
}

export interface EnvironmentNames {
  readonly unixUser: string;
  readonly database: string;
  readonly databaseUser: string;
  readonly redisUser: string;
  readonly redisPrefix: string;
}

/** `useradd` allows 32 characters, `systemd-sysusers` 31. */
const maxUnixUser = 31;

/**
 * Names on the node: `pl-<environment>` as long as that is a valid Unix user. A longer one is cut and made unique with 80 bits of its hash. It
 * begins with `plx-`, and no other name does, so nobody can choose an environment name that gives the names of another environment.
 * The database name stays below the 64 characters of MariaDB also in a GRANT, where each underscore is written `\_`.
 */
export function environmentNames(environment: EnvironmentName): EnvironmentNames {
  const plain = `pl-${environment}`;
  const unixUser = plain.length <= maxUnixUser ? plain : cutUser(environment);
  const database = unixUser.replaceAll('-', '_');
  return { unixUser, database, databaseUser: database, redisUser: unixUser, redisPrefix: `${unixUser}:` };
}

function cutUser(environment: EnvironmentName): string {
  return `plx-${environment.slice(0, 10)}-${base32Of(environment)}`;
}

/**
 * `<environment>.<address with dashes>.<preview domain>`; wildcard DNS resolves it to the address, so it needs no DNS record. An environment
 * name is a DNS label, so it is never cut.
 */
export function previewHost(environment: EnvironmentName, ipv4: string, previewDomain: string): string {
  return `${environment}.${ipv4.replaceAll('.', '-')}.${previewDomain}`;
}

/** 16 characters of 5 bits each, from the front of the SHA-256. */
function base32Of(text: string): string {
  const bytes = hash('sha256', text, 'buffer');
  let encoded = '';
  // Each five bytes are eight digits.
  for (const at of [0, 5]) {
    const high = bytes.readUInt16BE(at) * 16 + (bytes.readUInt8(at + 2) >> 4);
    const low = (bytes.readUInt8(at + 2) & 15) * 0x1_00_00 + bytes.readUInt16BE(at + 3);
    encoded += digits(high) + digits(low);
  }
  return encoded;
}

/** The four base-32 digits of 20 bits. */
function digits(bits: number): string {
  return `${base32[bits >> 15]}${base32[(bits >> 10) & 31]}${base32[(bits >> 5) & 31]}${base32[bits & 31]}`;
}
