import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import type { MachineAddress } from '../../../src/ports/machine.ts';

export const sshdPath = '/usr/sbin/sshd';
export const hasSshd = existsSync(sshdPath);

export interface LocalSshd {
  readonly address: MachineAddress;
  authorize(publicKey: string): void;
  /** Kills the server and its sessions at once, as a power failure would; `start` starts it again on the same port with the same keys. */
  kill(): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
}

/** A real OpenSSH server of the current user on a port of the loopback interface. */
export async function startLocalSshd(options: { readonly started?: boolean } = {}): Promise<LocalSshd> {
  const directory = mkdtempSync(join(tmpdir(), 'pl-sshd-'));
  const hostKeyPath = join(directory, 'host');
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', hostKeyPath]);
  const authorizedKeys = join(directory, 'authorized_keys');
  writeFileSync(authorizedKeys, '');
  const port = await freePort();
  const config = join(directory, 'sshd_config');
  writeFileSync(
    config,
    [
      `Port ${port}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${hostKeyPath}`,
      `AuthorizedKeysFile ${authorizedKeys}`,
      'PidFile none',
      'StrictModes no',
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      'PermitRootLogin prohibit-password',
      'Subsystem sftp internal-sftp',
      'UsePAM no',
      // Excludes the start-up files of the developer's shell from the tests and their measurements.
      `SetEnv HOME=${directory}`,
    ].join('\n'),
  );
  if (userInfo().uid === 0) mkdirSync('/run/sshd', { recursive: true });

  let server: ChildProcess | undefined;
  async function start(): Promise<void> {
    server = spawn(sshdPath, ['-D', '-e', '-f', config], { detached: true, stdio: 'ignore' });
    for (let attempt = 0; attempt < 200 && !(await accepts(port)); attempt += 1) await pause(20);
  }
  async function kill(): Promise<void> {
    const pid = server?.pid;
    if (server === undefined || pid === undefined) return;
    const exited = new Promise((resolve) => server?.once('exit', resolve));
    for (const victim of [pid, ...sessionsOf(pid)]) killQuietly(victim);
    await exited;
    server = undefined;
  }
  if (options.started !== false) await start();

  return {
    address: {
      host: '127.0.0.1',
      port,
      user: userInfo().username,
      hostKeys: [readFileSync(`${hostKeyPath}.pub`, 'utf8').trim()],
    },
    authorize: (publicKey) => writeFileSync(authorizedKeys, `${publicKey}\n`),
    kill,
    start,
    async close() {
      await kill();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function sessionsOf(pid: number): readonly number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  if (children === '') return [];
  return children
    .split(/\s+/)
    .map(Number)
    .flatMap((child) => [child, ...sessionsOf(child)]);
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone already.
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
