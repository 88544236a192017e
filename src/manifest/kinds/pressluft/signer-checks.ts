import type { Json } from '../../../fleet/digest.ts';
import { parseSignerKey } from '../../../fleet/signer-key.ts';
import { diagnosticCodes } from '../../diagnostics/catalogue.ts';
import type { FieldProblem } from '../../diagnostics/problem.ts';
import { stringAt, valueAt } from '../../plain.ts';

/** If the only key is one that nobody can sign with, no further commit can be accepted. */
export function signerChecks(value: Json): FieldProblem[] {
  const signers = valueAt(value, 'spec', 'allowedSigners');
  if (!Array.isArray(signers)) return [];
  const owners = new Map<string, string>();
  return signers.flatMap((signer: Json, index): FieldProblem[] => {
    const key = stringAt(signer, 'key')?.trim();
    if (key === undefined || !/^(ssh-|ecdsa-|sk-|-----BEGIN PGP PUBLIC)/.test(key)) return [];
    const place = { path: ['spec', 'allowedSigners', String(index), 'key'], at: 'value' } as const;
    const read = fingerprintOf(key);
    if (read.fingerprint === undefined) {
      const message = `the key of this signer ${read.problem}`;
      return [{ code: diagnosticCodes.signerKeyInvalid, message, ...place, expected: 'a whole public key' }];
    }
    const owner = owners.get(read.fingerprint);
    owners.set(read.fingerprint, stringAt(signer, 'principal') ?? `entry ${index + 1}`);
    if (owner === undefined) return [];
    return [
      {
        code: diagnosticCodes.signerKeyShared,
        message: `this is also the key of ${owner}: ${read.fingerprint}`,
        ...place,
      },
    ];
  });
}

function fingerprintOf(key: string): { fingerprint: string } | { fingerprint: undefined; problem: string } {
  try {
    return { fingerprint: parseSignerKey(key).fingerprint };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { fingerprint: undefined, problem: error.message };
  }
}
