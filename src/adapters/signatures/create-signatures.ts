import type { Signatures } from '../../ports/signatures.ts';
import { verifyPgp } from './pgp-signature.ts';
import { verifySsh } from './ssh-signature.ts';

/** Signatures checked in this process: no keyring, configuration, agent or program of the machine is used. */
export function createSignatures(): Signatures {
  return {
    verify: async (signed, allowed, at) => {
      if (signed.signature.startsWith('-----BEGIN SSH SIGNATURE-----')) return verifySsh(signed, allowed);
      if (signed.signature.startsWith('-----BEGIN PGP SIGNATURE-----'))
        return await verifyPgp(signed, allowed, at);
      return {
        kind: 'rejected',
        message: 'has a signature that is neither one of SSH nor of OpenPGP (X.509 is not supported)',
      };
    },
  };
}
