import type { SecretRef } from '../../fleet/config.ts';
import { errors } from '../../fleet/error-catalogue.ts';
import { PressluftError } from '../../fleet/errors.ts';
import type { RepositoryFiles } from '../../ports/secrets.ts';
import { decryptDataKey } from './age-data-key.ts';
import type { AgeIdentities } from './age-identities.ts';
import { decryptSops, type SopsValue } from './sops-decrypt.ts';
import { parseSopsDocument } from './sops-document.ts';

export type SopsRef = SecretRef & { readonly kind: 'sops' };

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
