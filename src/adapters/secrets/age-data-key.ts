import { errors } from '../../fleet/error-catalogue.ts';
import { PressluftError } from '../../fleet/errors.ts';
import { shortRecipient } from '../../fleet/sops.ts';
import type { AgeIdentities } from './age-identities.ts';
import type { SopsDocument } from './sops-document.ts';

/**
 * The data key of a SOPS file. Throws PL2031 when the file is not encrypted to any of our keys, PL2036 when
 * the part encrypted to our key is damaged.
 */
export async function decryptDataKey(
  file: string,
  { facts, dataKeys }: SopsDocument,
  { identities, sources }: AgeIdentities,
): Promise<Uint8Array> {
  // 3 MB of curves that only users of SOPS files need.
  const age = await import('age-encryption');
  let damaged: unknown;
  for (const { enc } of dataKeys) {
    const decrypter = new age.Decrypter();
    for (const identity of identities) addIdentity(decrypter, identity, sources);
    try {
      const key = await decrypter.decrypt(age.armor.decode(enc));
      if (key.length === 32) return key;
      damaged ??= new Error(`the data key has ${key.length} bytes`);
    } catch (error) {
      if (!isOtherRecipient(error)) damaged ??= error;
    }
  }
  if (damaged !== undefined) {
    throw new PressluftError(errors.sopsTampered, `the data key of ${file.slice(0, 300)} is damaged`, {
      cause: damaged,
      hint: 'Restore the file from an earlier commit, or encrypt it again with `sops`.',
    });
  }
  const ours = await publicKeys(identities);
  throw wrongKey(file, facts.recipients, ours);
}

/** Public keys (`age1…`) of private ones. Throws PL2038 for a mistyped key. */
export async function publicKeys(identities: readonly string[]): Promise<readonly string[]> {
  const age = await import('age-encryption');
  try {
    return await Promise.all(identities.map((identity) => age.identityToRecipient(identity)));
  } catch {
    throw mistyped(['a private age key of this controller']);
  }
}

function addIdentity(
  decrypter: { addIdentity(identity: string): void },
  identity: string,
  sources: readonly string[],
): void {
  try {
    decrypter.addIdentity(identity);
  } catch {
    throw mistyped(sources);
  }
}

function mistyped(sources: readonly string[]): PressluftError {
  return new PressluftError(
    errors.ageKeyUnusable,
    `${sources.join(', ')}: its checksum is wrong, so it was mistyped or cut off`,
    {
      hint: 'Copy the key again, or make a new one with `age-keygen -o FILE`.',
    },
  );
}

function isOtherRecipient(error: unknown): boolean {
  return error instanceof Error && /no identity matched/.test(error.message);
}

function wrongKey(file: string, recipients: readonly string[], ours: readonly string[]): PressluftError {
  const to = recipients.map(shortRecipient).join(', ');
  const have = ours.map(shortRecipient).join(', ');
  return new PressluftError(
    errors.sopsOtherRecipients,
    `${file.slice(0, 300)} is encrypted to ${to}; the key of this controller is ${have}`,
    {
      hint: `Add ${ours.map(shortRecipient).join(' and ')} to .sops.yaml and run \`sops updatekeys ${file.slice(0, 300)}\`, or give this controller the private key of one of the others.`,
    },
  );
}
