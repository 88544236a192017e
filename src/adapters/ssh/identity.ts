import { link, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { errors } from '../../fleet/error-catalogue.ts';
import { PressluftError } from '../../fleet/errors.ts';
import { runProcess } from '../process/run-process.ts';
import { sshEnvironment } from './ssh-environment.ts';

export interface Identity {
  /** `ssh-ed25519 AAAA… pressluft` */
  readonly publicKey: string;
  readonly privateKeyPath: string;
}

/**
 * The ed25519 key pair of this state directory, made on first use. The private key appears under its name only when it is
 * complete, and an existing one is never replaced: of two processes that start at once both use the same key.
 */
export async function loadOrCreateIdentity(stateDir: string): Promise<Identity> {
  const directory = join(stateDir, 'ssh');
  const privateKeyPath = join(directory, 'id_ed25519');
  await mkdir(directory, { recursive: true, mode: 0o700 });
  if (!(await exists(privateKeyPath))) {
    const scratch = await mkdtemp(join(directory, 'new-'));
    try {
      const fresh = await generateKey(scratch, 'pressluft');
      await link(fresh, privateKeyPath).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error;
      });
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  }
  const publicKey = await publicKeyOf(privateKeyPath);
  await showPublicKey(`${privateKeyPath}.pub`, publicKey);
  return { publicKey, privateKeyPath };
}

/** For users, who install it on static hosts; Pressluft does not read it. */
async function showPublicKey(path: string, publicKey: string): Promise<void> {
  await writeFile(path, `${publicKey}\n`, { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
}

/** A new ed25519 key pair that is not stored. */
export async function generateKeyPair(
  comment: string,
): Promise<{ readonly publicKey: string; readonly privateKey: string }> {
  const scratch = await mkdtemp(join(tmpdir(), 'pressluft-key-'));
  try {
    const path = await generateKey(scratch, comment);
    const [privateKey, publicKey] = await Promise.all([
      readFile(path, 'utf8'),
      readFile(`${path}.pub`, 'utf8'),
    ]);
    return { publicKey: publicKey.trim(), privateKey };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function generateKey(directory: string, comment: string): Promise<string> {
  const path = join(directory, 'key');
  await sshKeygen(['-q', '-t', 'ed25519', '-N', '', '-C', comment, '-f', path]);
  return path;
}

async function publicKeyOf(privateKeyPath: string): Promise<string> {
  return (await sshKeygen(['-y', '-P', '', '-f', privateKeyPath])).trim();
}

async function sshKeygen(args: readonly string[]): Promise<string> {
  const result = await runProcess({ file: 'ssh-keygen', args, env: sshEnvironment(), timeoutMs: 20_000 });
  if (result.exitCode === 0) return result.stdout;
  throw new PressluftError(
    errors.programMissing,
    `ssh-keygen failed: ${result.stderr.trim() || result.stdout.trim()}`,
    {
      hint: 'Check that the OpenSSH client is installed, and that the SSH key in the state directory is readable and undamaged.',
    },
  );
}

async function exists(path: string): Promise<boolean> {
  return readFile(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false;
      throw error;
    },
  );
}
