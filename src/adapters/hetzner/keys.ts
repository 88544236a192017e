import { createHash } from 'node:crypto';
import { errors } from '../../fleet/error-catalogue.ts';
import { PressluftError } from '../../fleet/errors.ts';
import type { CloudKey } from '../../ports/cloud.ts';
import { type Api, orNull, throughHcloud } from './api.ts';
import { createOnce } from './create-once.ts';
import { listAll } from './listing.ts';
import { type Labels, ownerSelector, sameOwner } from './ownership.ts';
import { object } from './reader.ts';
import { readKey } from './resources.ts';

type Signal = AbortSignal | undefined;

/** The provider accepts longer names, but displays them badly. */
const maxNameLength = 63;

/**
 * Finds the key by its fingerprint, under any name: an account can contain a public key only once, and a person may have added it. Otherwise
 * creates it; if another key has the name, the fingerprint makes the name unique.
 */
export async function ensureKey(
  api: Api,
  name: string,
  publicKey: string,
  labels: Labels,
  signal: Signal,
): Promise<CloudKey> {
  const fingerprint = md5Fingerprint(publicKey);
  const find = () => findByFingerprint(api, fingerprint, publicKey, signal);
  const found = await find();
  if (found !== null) return found;
  const taken = await listKeys(api, { name: bounded(name) }, signal);
  const free = taken.length === 0 ? bounded(name) : uniqueName(name, fingerprint);
  return createOnce(api, {
    what: `SSH key "${free}"`,
    signal,
    find,
    create: async () => {
      const body = { name: free, public_key: publicKey, labels };
      const reply = await api.transport.request({ method: 'POST', path: '/ssh_keys', body, signal });
      return readKey(object(reply, 'ssh_key'));
    },
  });
}

/** Deletes the keys with these labels and this name; foreign keys are kept. A missing key is success. */
export async function deleteKey(api: Api, name: string, labels: Labels, signal: Signal): Promise<void> {
  const own = await listKeys(api, { label_selector: ownerSelector(labels) }, signal);
  const stem = bounded(name);
  for (const key of own) {
    const named = key.name === stem || key.name === uniqueName(name, key.fingerprint);
    if (!named || !sameOwner(key.labels, labels)) continue;
    await orNull(throughHcloud('DELETE /ssh_keys', () => api.endpoints(signal).sshKeys.delete(key.id)));
  }
}

/** MD5 over the key blob, colon-separated, as the provider shows it (RFC 4716 §4). */
export function md5Fingerprint(publicKey: string): string {
  const digest = createHash('md5').update(keyBlob(publicKey)).digest('hex');
  return digest.replace(/..(?=.)/g, '$&:');
}

async function findByFingerprint(
  api: Api,
  fingerprint: string,
  publicKey: string,
  signal: Signal,
): Promise<CloudKey | null> {
  const keys = await listKeys(api, { fingerprint }, signal);
  const blob = keyBlob(publicKey);
  // MD5 is not collision-resistant, so the keys themselves are compared.
  return keys.find((key) => keyBlobOrNull(key.publicKey)?.equals(blob) === true) ?? null;
}

function listKeys(
  api: Api,
  query: Readonly<Record<string, string>>,
  signal: Signal,
): Promise<readonly CloudKey[]> {
  return listAll(api.transport, { path: '/ssh_keys', key: 'ssh_keys', query, read: readKey, signal });
}

function keyBlob(publicKey: string): Buffer {
  const blob = keyBlobOrNull(publicKey);
  if (blob !== null) return blob;
  throw new PressluftError(errors.requestRejected, 'the SSH public key is not in OpenSSH form', {
    hint: 'Give it as one line: type, base64 key, comment.',
  });
}

function keyBlobOrNull(publicKey: string): Buffer | null {
  const match = /^(?:ssh|ecdsa|sk)-[a-z0-9@.-]+ ([A-Za-z0-9+/]{40,}={0,2})(?:\s|$)/.exec(publicKey.trim());
  return match?.[1] === undefined ? null : Buffer.from(match[1], 'base64');
}

function bounded(name: string): string {
  return name.slice(0, maxNameLength);
}

function uniqueName(name: string, fingerprint: string): string {
  return `${name.slice(0, maxNameLength - 9)}-${fingerprint.replaceAll(':', '').slice(0, 8)}`;
}
