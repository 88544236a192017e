import type { Key, PublicKey, Signature } from 'openpgp';
import type { AllowedSigner } from '../../fleet/config.ts';
import { messageOf } from '../../fleet/errors.ts';
import { printable } from '../../fleet/printable.ts';
import { parseSignerKey } from '../../fleet/signer-key.ts';
import type { SignatureVerdict, SignedBytes } from '../../ports/signatures.ts';

type Library = typeof import('openpgp');

/**
 * Checks a detached OpenPGP signature. The key must be valid at the time of the signature and now: the holder of a stolen, expired
 * key can write any time into a signature.
 */
export async function verifyPgp(
  { payload, signature: armored }: SignedBytes,
  allowed: readonly AllowedSigner[],
  at: number,
): Promise<SignatureVerdict> {
  // 1 MB of code that only users of OpenPGP signatures need.
  const openpgp = await import('openpgp');
  let signature: Signature;
  try {
    signature = await openpgp.readSignature({ armoredSignature: armored });
  } catch (error) {
    return rejected(`has an OpenPGP signature that cannot be read: ${reason(error)}`);
  }
  const [packet, ...more] = signature.packets;
  if (packet === undefined || more.length > 0)
    return rejected(`has ${more.length + 1} OpenPGP signatures in one`);
  // A text signature also covers other bytes: the same text with other line endings.
  if (packet.signatureType !== openpgp.enums.signature.binary)
    return rejected('has an OpenPGP signature that is not one of a document');
  const [keyId] = signature.getSigningKeyIDs();
  if (keyId === undefined) return rejected('has an OpenPGP signature that names no key');

  let failure = `is signed by a key that is not allowed: OpenPGP key ${keyId.toHex().toUpperCase()}`;
  for (const { principal, key: text } of allowed) {
    const key = await readKey(openpgp, text);
    if (key === null || key.getKeys(keyId).length === 0) continue;
    try {
      await check(openpgp, key, signature, payload, new Date(at));
      return { kind: 'verified', principal, fingerprint: key.getFingerprint().toUpperCase() };
    } catch (error) {
      failure = `has a signature of ${principal} that does not count: ${reason(error)}`;
    }
  }
  return rejected(failure);
}

async function readKey({ readKey: read }: Library, text: string): Promise<PublicKey | null> {
  try {
    const key = parseSignerKey(text);
    return key.kind === 'pgp' ? await read({ armoredKey: key.armored }) : null;
  } catch {
    return null;
  }
}

async function check(
  openpgp: Library,
  key: Key,
  signature: Signature,
  payload: Uint8Array,
  date: Date,
): Promise<void> {
  const message = await openpgp.createMessage({ binary: payload });
  const { signatures } = await openpgp.verify({ message, signature, verificationKeys: key, date });
  const [result] = signatures;
  if (result === undefined) throw new Error('it was not checked');
  await result.verified;
  await key.getSigningKey(result.keyID, date);
}

function reason(error: unknown): string {
  return printable(messageOf(error)).slice(0, 200);
}

function rejected(message: string): SignatureVerdict {
  return { kind: 'rejected', message };
}
