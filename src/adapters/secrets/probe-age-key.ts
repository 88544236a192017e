import type { AgeKeyFacts } from '../../ports/doctor-probes.ts';
import { publicKeys } from './age-data-key.ts';
import { readIdentities, secretsDirOf } from './age-identities.ts';

/** The public keys of this controller's age keys. */
export async function probeAgeKey(
  env: Readonly<Record<string, string | undefined>>,
): Promise<AgeKeyFacts | null> {
  const keys = await readIdentities({ env, secretsDir: secretsDirOf(env) });
  if (keys === undefined) return null;
  const { sources, openFiles, identities } = keys;
  return { publicKeys: await publicKeys(identities), sources, openFiles };
}
