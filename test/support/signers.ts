import { hash } from 'node:crypto';
import type { AllowedSigner } from '../../src/fleet/config.ts';
import { sshString } from '../../src/fleet/ssh-wire.ts';
import { fleetFiles } from '../cli/fleet-files.ts';

/** A signer with a key of valid form; for `memorySignatures`, where a signature is the key itself. */
export function signer(name: string): AllowedSigner {
  const blob = Buffer.concat([sshString('ssh-ed25519'), sshString(hash('sha256', name, 'buffer'))]);
  return { principal: `${name}@acme.example`, key: `ssh-ed25519 ${blob.toString('base64')}` };
}

/** Options that sign a pushed commit with their key. */
export function signedBy(name: string): { readonly signature: string } {
  return { signature: signer(name).key };
}

/** A `pressluft.yaml` that allows these signers. */
export function configAllowing(...signers: readonly AllowedSigner[]): Readonly<Record<string, string>> {
  const entries = signers.map(
    ({ principal, key }) =>
      `    - principal: ${principal}\n      key: |-\n${key.replace(/^(?=.)/gm, '        ')}\n`,
  );
  const list = entries.length === 0 ? '' : `  allowedSigners:\n${entries.join('')}`;
  return { 'pressluft.yaml': `${fleetFiles['pressluft.yaml']}${list}` };
}

/** The same by name. */
export function allowing(...names: readonly string[]): Readonly<Record<string, string>> {
  return configAllowing(...names.map(signer));
}
