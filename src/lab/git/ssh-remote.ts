import { spawn } from 'node:child_process';
import { access, mkdir, open, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { userInfo } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { errors } from '../../fleet/error-catalogue.ts';
import { PressluftError } from '../../fleet/errors.ts';
import { runTool, toolEnvironment } from '../machines/run-tool.ts';

export interface SshRemoteOptions {
  readonly repository: string;
  /** Directory of keys, configuration, log and pid file. */
  readonly dir: string;
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
}

export interface SshRemote {
  readonly url: string;
  /** `type base64`, as in known_hosts. */
  readonly hostKey: string;
  /** Private key that may fetch and push. */
  readonly keyFile: string;
  readonly port: number;
  close(): Promise<void>;
}

/** One repository over SSH, by a real sshd with its own configuration: one key, one forced command. */
export async function startSshRemote(options: SshRemoteOptions): Promise<SshRemote> {
  const { dir, host } = options;
  await stopSshRemote(dir);
  await mkdir(dir, { recursive: true, mode: 0o700 });
  // sshd refuses to start as root without it; the package creates it at boot, which does not happen in a container.
  if (process.getuid?.() === 0) await mkdir('/run/sshd', { recursive: true, mode: 0o755 });
  const program = await findSshd();
  const keyFile = join(dir, 'deploy-key');
  const hostKey = await ensureKey(join(dir, 'host-key'), 'lab');
  const deployKey = await ensureKey(keyFile, 'deploy@lab');
  const command = join(dir, 'serve');
  await writeFile(command, forcedCommand(options.repository), { mode: 0o755 });
  await writeFile(join(dir, 'authorized_keys'), `command="'${command}'",restrict ${deployKey}\n`, {
    mode: 0o600,
  });

  const port = options.port === 0 ? await freePort(host) : options.port;
  await writeFile(join(dir, 'sshd_config'), configuration(dir, host, port));
  const log = await open(join(dir, 'sshd.log'), 'a', 0o600);
  const child = spawn(program, ['-D', '-e', '-f', join(dir, 'sshd_config')], {
    env: toolEnvironment,
    stdio: ['ignore', 'ignore', log.fd],
  });
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  await log.close();
  await answers(host, port, ended, join(dir, 'sshd.log'));
  return {
    url: `ssh://${userInfo().username}@${host}:${port}/${basename(options.repository)}`,
    hostKey: hostKey.split(' ').slice(0, 2).join(' '),
    keyFile,
    port,
    close: async () => {
      child.kill('SIGTERM');
      await ended;
      await rm(join(dir, 'sshd.pid'), { force: true });
    },
  };
}

/** Ends an sshd that a dead lab left behind; the pid file is trusted only when the process runs this configuration. */
export async function stopSshRemote(dir: string): Promise<void> {
  const pid = await runningSshd(dir);
  if (pid === undefined) return;
  process.kill(pid, 'SIGTERM');
  for (let waited = 0; waited < 50 && (await runningSshd(dir)) !== undefined; waited += 1) await sleep(100);
  await rm(join(dir, 'sshd.pid'), { force: true });
}

export async function runningSshd(dir: string): Promise<number | undefined> {
  const pid = Number.parseInt(await readFile(join(dir, 'sshd.pid'), 'utf8').catch(() => ''), 10);
  if (!Number.isInteger(pid)) return undefined;
  const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return commandLine.includes(join(dir, 'sshd_config')) ? pid : undefined;
}

function configuration(dir: string, host: string, port: number): string {
  return [
    `ListenAddress ${host}`,
    `Port ${port}`,
    `HostKey ${join(dir, 'host-key')}`,
    `PidFile ${join(dir, 'sshd.pid')}`,
    `AuthorizedKeysFile ${join(dir, 'authorized_keys')}`,
    `AllowUsers ${userInfo().username}`,
    'AuthenticationMethods publickey',
    'PermitRootLogin forced-commands-only',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'UsePAM no',
    // The lab's directory may be below a directory that other users can write to, e.g. /tmp.
    'StrictModes no',
    'DisableForwarding yes',
    'PermitTTY no',
    'PermitUserRC no',
    'PermitUserEnvironment no',
    'AcceptEnv GIT_PROTOCOL',
    'MaxStartups 100',
    'LogLevel VERBOSE',
    '',
  ].join('\n');
}

function forcedCommand(repository: string): string {
  const quoted = `'${repository.replaceAll("'", "'\\''")}'`;
  const name = basename(repository);
  return `#!/bin/sh
# Serves one repository and nothing else.
export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null
case $SSH_ORIGINAL_COMMAND in
  "git-upload-pack '/${name}'") exec git upload-pack ${quoted} ;;
  "git-receive-pack '/${name}'") exec git receive-pack ${quoted} ;;
esac
echo 'only git fetch and git push are served here' >&2
exit 128
`;
}

async function ensureKey(file: string, comment: string): Promise<string> {
  const exists = await access(`${file}.pub`).then(
    () => true,
    () => false,
  );
  if (!exists) {
    await rm(file, { force: true });
    await runTool('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', comment, '-f', file]);
  }
  return (await readFile(`${file}.pub`, 'utf8')).trim();
}

async function findSshd(): Promise<string> {
  for (const path of ['/usr/sbin/sshd', '/usr/local/sbin/sshd', '/usr/bin/sshd']) {
    const found = await access(path).then(
      () => true,
      () => false,
    );
    if (found) return path;
  }
  throw new PressluftError(errors.programMissing, 'sshd is not installed', {
    hint: 'Install it: apt-get install openssh-server',
  });
}

/** sshd cannot take port 0, so a free one is looked up first; the gap until sshd binds it is short. */
function freePort(host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, host, () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

async function answers(host: string, port: number, ended: Promise<void>, log: string): Promise<void> {
  let isOver = false;
  void ended.then(() => {
    isOver = true;
  });
  for (let attempt = 0; attempt < 200 && !isOver; attempt += 1) {
    if (await banner(host, port)) return;
    await sleep(25);
  }
  const words = (await readFile(log, 'utf8').catch(() => '')).trim().slice(-1000);
  throw new PressluftError(errors.labFailed, `sshd does not answer on ${host}:${port}: ${words}`);
}

function banner(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 2000 });
    const done = (result: boolean) => {
      socket.destroy();
      resolve(result);
    };
    socket.once('data', (data) => done(data.toString('latin1').startsWith('SSH-2.0')));
    for (const event of ['error', 'timeout', 'close']) socket.once(event, () => done(false));
  });
}
