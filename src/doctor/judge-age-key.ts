import { shortRecipient } from '../fleet/sops.ts';
import type { AgeKeyFacts } from '../ports/doctor-probes.ts';
import { ok, skip, type Verdict, warn } from './report.ts';

/** Only fleets with secrets in SOPS files need one. */
export function judgeAgeKey(facts: AgeKeyFacts | null): Verdict {
  if (facts === null) {
    return skip(
      'no age key: secrets in SOPS files cannot be decrypted',
      'Only when there are any: `age-keygen -o FILE`, and name the file in PRESSLUFT_AGE_KEY_FILE.',
    );
  }
  const keys = facts.publicKeys.map(shortRecipient).join(', ');
  const message = `${keys} (${facts.sources.join(', ')})`;
  if (facts.openFiles.length === 0) return ok(message);
  return warn(
    `${facts.openFiles.join(', ')} can be read by other users; the key is ${keys}`,
    `Whoever has it can decrypt every secret: chmod 600 ${facts.openFiles.join(' ')}`,
  );
}
