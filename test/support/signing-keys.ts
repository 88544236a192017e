import { execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { AllowedSigner } from '../../src/fleet/config.ts';

const run = promisify(execFile);

export interface RealSigner extends AllowedSigner {
  /** As `ssh-keygen -l` or `gpg --list-keys` print it. */
  readonly fingerprint: string;
  /** Git options to sign with the key, as `-c name=value`. */
  readonly gitSettings: readonly string[];
}

/** Real keys in a temporary directory, made with ssh-keygen and gpg. */
export interface SigningKeys {
  readonly dir: string;
  ssh(name: string, ...keygen: readonly string[]): Promise<RealSigner>;
  /** `algorithm` and further arguments of `gpg --quick-gen-key`. */
  gpg(name: string, algorithm?: string, expires?: string): Promise<RealSigner>;
  /** Returns the changed key. */
  exported(signer: RealSigner): Promise<RealSigner>;
  gpgCommand(args: readonly string[], input?: string): Promise<string>;
  /** `ssh-keygen -Y sign` by a signer of `ssh`. */
  sshSign(signer: RealSigner, namespace: string, payload: Uint8Array): Promise<string>;
  remove(): Promise<void>;
}

export async function signingKeys(): Promise<SigningKeys> {
  // Short path, because it contains the socket of gpg-agent.
  const dir = await mkdtemp(join(tmpdir(), 'pl-keys-'));
  const home = join(dir, 'gnupg');
  await mkdir(home, { mode: 0o700 });
  const env = { PATH: process.env.PATH ?? '', HOME: dir, GNUPGHOME: home, LC_ALL: 'C' };
  const gpgProgram = join(dir, 'gpg');
  await writeFile(gpgProgram, `#!/bin/sh\nGNUPGHOME=${home} exec gpg --batch --no-tty "$@"\n`, {
    mode: 0o755,
  });

  async function gpgCommand(args: readonly string[], input = ''): Promise<string> {
    const child = spawn(
      'gpg',
      ['--batch', '--yes', '--no-tty', '--pinentry-mode', 'loopback', '--passphrase', '', ...args],
      {
        env,
        stdio: ['pipe', 'pipe', 'pipe'],
      },
    );
    // It may end without reading its input.
    child.stdin.on('error', () => undefined).end(input);
    const texts = { out: '', error: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      texts.out += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      texts.error += text;
    });
    const code = await new Promise((resolve) => child.once('close', resolve));
    if (code !== 0) throw new Error(`gpg ${args.join(' ')}: ${texts.error}`);
    return texts.out;
  }

  async function exported(signer: RealSigner): Promise<RealSigner> {
    return { ...signer, key: (await gpgCommand(['--armor', '--export', signer.fingerprint])).trim() };
  }

  return {
    dir,
    gpgCommand,
    exported,
    async ssh(name, ...keygen) {
      const file = join(dir, name);
      await run('ssh-keygen', ['-q', '-N', '', '-C', `${name} laptop`, '-f', file, ...keygen], { env });
      const key = (await readFile(`${file}.pub`, 'utf8')).trim();
      const [, fingerprint = ''] = (
        await run('ssh-keygen', ['-l', '-f', `${file}.pub`], { env })
      ).stdout.split(' ');
      const gitSettings = ['-c', 'gpg.format=ssh', '-c', `user.signingKey=${file}`];
      return { principal: `${name}@acme.example`, key, fingerprint, gitSettings };
    },
    async gpg(name, algorithm = 'ed25519', expires = 'never') {
      const principal = `${name}@acme.example`;
      await gpgCommand(['--quick-gen-key', `${name} <${principal}>`, algorithm, 'sign', expires]);
      const listed = await gpgCommand(['--with-colons', '--list-keys', principal]);
      const fingerprint = /^fpr:+([0-9A-F]+):/m.exec(listed)?.[1] ?? '';
      const gitSettings = ['-c', `gpg.program=${gpgProgram}`, '-c', `user.signingKey=${fingerprint}!`];
      return exported({ principal, key: '', fingerprint, gitSettings });
    },
    async sshSign({ gitSettings }, namespace, payload) {
      const file = join(dir, `payload-${namespace}`);
      await writeFile(file, payload);
      await rm(`${file}.sig`, { force: true });
      const key = gitSettings.at(-1)?.replace('user.signingKey=', '') ?? '';
      await run('ssh-keygen', ['-Y', 'sign', '-q', '-n', namespace, '-f', key, file], { env });
      return readFile(`${file}.sig`, 'utf8');
    },
    async remove() {
      await run('gpgconf', ['--kill', 'all'], { env }).catch(() => undefined);
      await rm(dir, { recursive: true, force: true });
    },
  };
}
