import type { Signatures } from '../../src/ports/signatures.ts';

/** The signature port without cryptography: a signature is the key that "made" it. */
export function memorySignatures(): Signatures {
  return {
    verify: async ({ signature }, allowed) => {
      const signer = allowed.find(({ key }) => key === signature);
      return signer === undefined
        ? { kind: 'rejected', message: `is signed by a key that is not allowed: ${signature.slice(0, 40)}` }
        : { kind: 'verified', principal: signer.principal, fingerprint: signature.slice(-12) };
    },
  };
}
