import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errors } from '../../fleet/error-catalogue.ts';
import { PressluftError } from '../../fleet/errors.ts';
import type { GitAuth } from './auth.ts';

const hostKey =
  /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521)|sk-[a-z0-9@.-]+) ([A-Za-z0-9+/]+={0,2})(?: .*)?$/;
const hostAlias = 'pressluft-git';

/**
 * The value of GIT_SSH_COMMAND that logs in with the deploy key and accepts the pinned host keys only. Writes the file of pinned keys
 * to `dir`. Throws PL2002 when key or host keys are not given or not usable.
 */
export async function sshCommand(
  auth: GitAuth | undefined,
  dir: string,
  connectTimeoutMs: number,
): Promise<string> {
  if (auth?.kind !== 'ssh') {
    throw new PressluftError(
      errors.settingInvalid,
      'An SSH remote needs a deploy key and the host key of the server',
      {
        hint: 'Configure both; ssh-keyscan shows the host key, compare it with the one that the forge publishes.',
      },
    );
  }
  const keys = auth.hostKeys.map((line) => hostKey.exec(line.trim()));
  if (keys.length === 0 || keys.includes(null)) {
    throw new PressluftError(
      errors.settingInvalid,
      'The host key of the Git server is not of the form "ssh-ed25519 AAAA…"',
      {
        hint: 'Copy the line that the forge publishes, without the host name.',
      },
    );
  }
  const types = new Set(keys.map((match) => match?.[1] ?? ''));
  const knownHosts = join(dir, 'known_hosts');
  await mkdir(dir, { recursive: true, mode: 0o700 });
  await writeFile(
    `${knownHosts}.new`,
    keys.map((match) => `${hostAlias} ${match?.[1]} ${match?.[2]}\n`).join(''),
    { mode: 0o600 },
  );
  await rename(`${knownHosts}.new`, knownHosts);

  const options = [
    'BatchMode=yes',
    'IdentitiesOnly=yes',
    'IdentityAgent=none',
    'StrictHostKeyChecking=yes',
    `UserKnownHostsFile=${sshQuote(knownHosts)}`,
    'GlobalKnownHostsFile=/dev/null',
    `HostKeyAlias=${hostAlias}`,
    `HostKeyAlgorithms=${[...types].flatMap(algorithms).join(',')}`,
    'CheckHostIP=no',
    'UpdateHostKeys=no',
    'PreferredAuthentications=publickey',
    'ClearAllForwardings=yes',
    'ForwardAgent=no',
    'ControlMaster=no',
    'ControlPath=none',
    'PermitLocalCommand=no',
    `ConnectTimeout=${Math.max(1, Math.ceil(connectTimeoutMs / 1000))}`,
    'ServerAliveInterval=10',
    'ServerAliveCountMax=3',
    'LogLevel=ERROR',
  ];
  const words = ['ssh', '-F', '/dev/null', '-i', percent(auth.privateKeyPath)];
  for (const option of options) words.push('-o', option);
  return words.map(shellQuote).join(' ');
}

/** A key of type ssh-rsa signs with SHA-2; SHA-1 signatures are not accepted. */
function algorithms(type: string): readonly string[] {
  return type === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256'] : [type];
}

/** Quotes the value of an ssh option that takes a list of files: blanks separate entries, and `%` is expanded. */
function sshQuote(path: string): string {
  return `"${percent(path).replace(/["\\]/g, '\\$&')}"`;
}

function percent(path: string): string {
  return path.replaceAll('%', '%%');
}

/** Git passes GIT_SSH_COMMAND to a shell. */
function shellQuote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
