import { createDecipheriv, createHash, type Hash } from 'node:crypto';
import { errors } from '../../fleet/error-catalogue.ts';
import { PressluftError } from '../../fleet/errors.ts';
import type { SecretRef } from '../../fleet/secret-ref.ts';
import type { RepositoryFiles } from '../../ports/secrets.ts';
import { decryptDataKey } from './age-data-key.ts';
import type { AgeIdentities } from './age-identities.ts';
import { parseSopsDocument, type SopsDocument, type SopsNode } from './sops-document.ts';

type SopsRef = SecretRef & { readonly kind: 'sops' };

/** The text at a key of a SOPS file; everything decrypted stays in memory. Errors: PL2030–PL2038. */
export async function readSopsSecret(
  { file, key }: SopsRef,
  files: RepositoryFiles | undefined,
  readKeys: () => Promise<AgeIdentities | undefined>,
): Promise<string> {
  if (files === undefined) {
    throw new PressluftError(
      errors.sopsUnreadable,
      `there is no repository from which ${file} could be read`,
      {
        hint: 'Use a variable or a file for a secret that is needed to reach the repository.',
      },
    );
  }
  const document = parseSopsDocument(file, await files(file));
  const keys = await readKeys();
  if (keys === undefined) {
    throw new PressluftError(
      errors.ageKeyMissing,
      `${file} is encrypted, and this controller has no age key`,
      {
        hint: 'Make one with `age-keygen -o FILE`, name it in PRESSLUFT_AGE_KEY_FILE, and encrypt the file to its public key.',
      },
    );
  }
  const dataKey = await decryptDataKey(file, document, keys);
  return textAt(file, key, decryptSops(file, document, dataKey));
}

function textAt(file: string, key: readonly string[], root: SopsValue): string {
  let at = root;
  for (const [depth, segment] of key.entries()) {
    const next = childOf(at, segment);
    if (next === undefined) throw noSuchKey(file, key, depth, at);
    at = next;
  }
  const path = key.join('.');
  if (at.kind !== 'leaf') {
    const what = at.kind === 'null' ? 'empty' : 'not a text but several values';
    throw noText(file, path, what, 'Name the key of one text.');
  }
  if (at.clear) {
    throw noText(
      file,
      path,
      'not encrypted',
      'Encrypt it with `sops encrypt --in-place` and change the secret: it is in the history of Git.',
    );
  }
  if (at.type !== 'str')
    throw noText(file, path, `of type ${at.type}`, 'Put it into quotes with `sops edit`.');
  return at.text;
}

function childOf(value: SopsValue, segment: string): SopsValue | undefined {
  if (value.kind === 'map') return value.entries.get(segment);
  return value.kind === 'list' && /^\d{1,6}$/.test(segment) ? value.items[Number(segment)] : undefined;
}

function noSuchKey(file: string, key: readonly string[], depth: number, at: SopsValue): PressluftError {
  const names = at.kind === 'map' ? [...at.entries.keys()].slice(0, 10).join(', ') : '';
  const parent = depth === 0 ? file : `${key.slice(0, depth).join('.')} in ${file}`;
  return new PressluftError(
    errors.sopsKeyMissing,
    `there is no key ${key.slice(0, depth + 1).join('.')} in ${file}`,
    {
      hint: names === '' ? `${parent} has no keys.` : `${parent} has: ${names}.`,
    },
  );
}

function noText(file: string, key: string, what: string, hint: string): PressluftError {
  return new PressluftError(errors.sopsNotText, `${key} in ${file} is ${what}`, { hint });
}

/** A decrypted value. `clear` marks a value that was not encrypted in the file. */
type SopsValue =
  | { readonly kind: 'map'; readonly entries: ReadonlyMap<string, SopsValue> }
  | { readonly kind: 'list'; readonly items: readonly SopsValue[] }
  | { readonly kind: 'leaf'; readonly text: string; readonly type: string; readonly clear: boolean }
  | { readonly kind: 'null' };

/**
 * Every value decrypted, after the MAC over all of them was verified. The format is that of
 * `github.com/getsops/sops` v3: AES-256-GCM with the path of the value as additional data, SHA-512 over the values in their
 * order. The values themselves show which of them are encrypted: SOPS's own rules would select the same ones, or the MAC
 * would not match. Throws PL2036 when anything was changed without the key.
 */
function decryptSops(file: string, document: SopsDocument, dataKey: Uint8Array): SopsValue {
  const walk: Walk = { file, dataKey, hash: createHash('sha512'), onlyEncrypted: document.macOnlyEncrypted };
  if (walk.onlyEncrypted) walk.hash.update(macOnlyEncryptedPrefix);
  const value = decryptNode(walk, document.root, []);
  const mac = decryptText(walk, document.mac, document.lastModified);
  if (mac.bytes.toString('utf8') !== walk.hash.digest('hex').toUpperCase()) {
    throw tampered(file, 'its values do not match the message authentication code');
  }
  return value;
}

/** SHA-256 of `sops`: SOPS prefixes a MAC over encrypted values only with it, so that it differs from one over all values. */
const macOnlyEncryptedPrefix = createHash('sha256').update('sops').digest();

interface Walk {
  readonly file: string;
  readonly dataKey: Uint8Array;
  readonly hash: Hash;
  readonly onlyEncrypted: boolean;
}

function decryptNode(walk: Walk, node: SopsNode, path: readonly string[]): SopsValue {
  switch (node.kind) {
    case 'null':
      return node;
    case 'map':
      return {
        kind: 'map',
        entries: new Map(
          node.entries.map(([key, value]) => [key, decryptNode(walk, value, [...path, key])] as const),
        ),
      };
    case 'list': {
      // SOPS stores comments of a list as elements; they do not count in the index of a path.
      const items = node.items.map((item) => decryptNode(walk, item, path));
      return { kind: 'list', items: items.filter((item) => item.kind !== 'leaf' || item.type !== 'comment') };
    }
    case 'leaf':
      return decryptLeaf(walk, node, path);
    default:
      return node satisfies never;
  }
}

const encryptedValue = /^ENC\[AES256_GCM,data:([^,]+),iv:([^,]+),tag:([^,]+),type:([a-z]+)\]$/;

function decryptLeaf(walk: Walk, leaf: SopsNode & { kind: 'leaf' }, path: readonly string[]): SopsValue {
  if (leaf.type !== 'str' || !leaf.text.startsWith('ENC[')) {
    if (!walk.onlyEncrypted) walk.hash.update(leaf.text);
    return { ...leaf, clear: true };
  }
  const { bytes, type } = decryptText(walk, leaf.text, `${path.join(':')}:`);
  const text = type === 'bool' ? booleanText(bytes.toString('utf8')) : bytes.toString('utf8');
  if (type !== 'comment') walk.hash.update(type === 'bool' ? text : bytes);
  return { kind: 'leaf', text, type, clear: false };
}

/** Older versions wrote `true`; what is hashed is `True`. */
function booleanText(text: string): string {
  return /^(1|t|true)$/i.test(text) ? 'True' : 'False';
}

function decryptText({ file, dataKey }: Walk, text: string, additionalData: string) {
  const [, data = '', iv = '', tag = '', type = ''] = encryptedValue.exec(text) ?? [];
  const authTag = Buffer.from(tag, 'base64');
  // A shorter tag is easier to forge.
  if (iv === '' || authTag.length !== 16) throw tampered(file, 'a value is not in the form that SOPS writes');
  try {
    const decipher = createDecipheriv('aes-256-gcm', dataKey, Buffer.from(iv, 'base64'), {
      authTagLength: 16,
    });
    decipher.setAAD(Buffer.from(additionalData, 'utf8'));
    decipher.setAuthTag(authTag);
    return { bytes: Buffer.concat([decipher.update(Buffer.from(data, 'base64')), decipher.final()]), type };
  } catch {
    throw tampered(file, `the value of ${additionalData.replaceAll(':', '.').slice(0, -1)} is not authentic`);
  }
}

function tampered(file: string, why: string): PressluftError {
  return new PressluftError(
    errors.sopsTampered,
    `${file.slice(0, 300)} was changed without its key: ${why.slice(0, 300)}`,
    {
      hint: 'Find out in `git log` who changed it; edit SOPS files with `sops edit` only.',
    },
  );
}
