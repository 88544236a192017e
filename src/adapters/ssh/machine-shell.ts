import { randomBytes } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { errors } from '../../fleet/error-catalogue.ts';
import { PressluftError } from '../../fleet/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type {
  CommandOptions,
  CommandResult,
  MachineAddress,
  MachineShell,
  StreamOptions,
} from '../../ports/machine.ts';
import { runProcess } from '../process/run-process.ts';
import { type ConnectionFiles, clientOptions } from './client-options.ts';
import { type ConnectionDirectory, createConnectionDirectory, socketExists } from './connection-directory.ts';
import { generateKeyPair, type Identity, loadOrCreateIdentity } from './identity.ts';
import { type PinnedAddress, pinAddress } from './pinned-address.ts';
import { canceled, type RemoteCommand, type RemoteOutcome, runRemoteCommand } from './remote-command.ts';
import { quoteForShell } from './shell-quote.ts';
import { sshEnvironment } from './ssh-environment.ts';
import { sshFailure } from './ssh-failure.ts';
import { runStreamedCommand } from './streamed-command.ts';
import { waitUntilReachable } from './wait-until-reachable.ts';

export interface MachineShellOptions {
  /** Holds the key pair, in `ssh/id_ed25519`. */
  readonly stateDir: string;
  readonly clock: Clock;
  /** See {@link MachineShell.waitUntilReachable}: how long a refused key is retried; default one minute. */
  readonly authGraceMs?: number;
}

type SshAttempt = Omit<RemoteCommand, 'argv' | 'options'> & { readonly timeoutMs: number };

/** Time limit of the first answer: a new connection includes key exchange and login, a kept one does not. */
const freshStartTimeoutMs = 30_000;
const keptStartTimeoutMs = 10_000;

/**
 * Machines through the system's ssh, one kept connection per address. A kept connection that turns out to be dead before the
 * command starts is replaced once by a new one.
 */
export function createMachineShell(options: MachineShellOptions): MachineShell {
  const { stateDir, clock } = options;
  let opened: Promise<{ readonly identity: Identity; readonly directory: ConnectionDirectory }> | undefined;
  let closed = false;
  const generations = new Map<string, number>();
  const used = new Map<string, { readonly address: PinnedAddress; readonly files: ConnectionFiles }>();

  function open() {
    if (closed) throw new PressluftError(errors.cancelled, 'The SSH connections are closed already');
    opened ??= loadOrCreateIdentity(stateDir).then(
      (identity) => ({ identity, directory: createConnectionDirectory(identity.privateKeyPath) }),
      (error: unknown) => {
        opened = undefined;
        throw error;
      },
    );
    return opened;
  }

  async function connection(address: PinnedAddress) {
    const { directory } = await open();
    const files = await directory.files(address, generations.get(address.id) ?? 0);
    used.set(files.controlPath, { address, files });
    return { directory, files, sshOptions: clientOptions(address, files) };
  }

  /** Tries the kept connection, and once more a new one when the kept one was dead before the command started. */
  async function connected<T>(
    machine: MachineAddress,
    totalMs: number,
    attempt: (ssh: SshAttempt) => Promise<RemoteOutcome<T>>,
  ): Promise<T> {
    const address = pinAddress(machine);
    const startedAt = clock.monotonic();
    for (let retried = false; ; retried = true) {
      const { directory, files, sshOptions } = await connection(address);
      const kept = await socketExists(files.controlPath);
      const outcome = await attempt({
        host: address.host,
        sshOptions,
        scratchDir: directory.path,
        timeoutMs: Math.max(1, totalMs - (clock.monotonic() - startedAt)),
        startTimeoutMs: kept ? keptStartTimeoutMs : freshStartTimeoutMs,
      });
      if (outcome.kind === 'done') return outcome.result;
      const failure = sshFailure(address, outcome.log);
      const timeIsOver = clock.monotonic() - startedAt >= totalMs;
      if (outcome.started || retried || !kept || timeIsOver || failure.code !== errors.nodeUnreachable)
        throw failure;
      // Other calls may still be using the old connection, or have replaced it already.
      const { files: current } = await connection(address);
      if (current.controlPath === files.controlPath) {
        generations.set(address.id, (generations.get(address.id) ?? 0) + 1);
      }
    }
  }

  function run(
    machine: MachineAddress,
    argv: readonly string[],
    commandOptions: CommandOptions,
    firstOptions: readonly string[] = [],
  ): Promise<CommandResult> {
    return connected(machine, commandOptions.timeoutMs, ({ timeoutMs, sshOptions, ...ssh }) =>
      runRemoteCommand({
        ...ssh,
        argv,
        sshOptions: [...firstOptions, ...sshOptions],
        options: { ...commandOptions, timeoutMs },
      }),
    );
  }

  function stream(
    machine: MachineAddress,
    argv: readonly string[],
    streamOptions: StreamOptions,
  ): Promise<number> {
    return connected(machine, streamOptions.timeoutMs, ({ timeoutMs, ...ssh }) =>
      runStreamedCommand({ ...ssh, argv, options: { ...streamOptions, timeoutMs } }),
    );
  }

  async function interactive(machine: MachineAddress, argv: readonly string[]): Promise<number> {
    const address = pinAddress(machine);
    const { directory, sshOptions } = await connection(address);
    const logPath = join(directory.path, `${randomBytes(6).toString('hex')}.log`);
    const terminal = process.stdin.isTTY === true && process.stdout.isTTY === true;
    const args = [
      terminal ? '-t' : '-T',
      '-E',
      logPath,
      ...sshOptions,
      '--',
      address.host,
      quoteForShell(argv),
    ];
    try {
      const result = await execa('ssh', args, {
        extendEnv: false,
        env: { ...sshEnvironment(), ...(process.env.TERM === undefined ? {} : { TERM: process.env.TERM }) },
        stdio: 'inherit',
        reject: false,
      });
      if (result.exitCode === undefined && result.signal === undefined) {
        throw new PressluftError(errors.programMissing, 'ssh cannot be started', { cause: result });
      }
      const log = await readFile(logPath, 'utf8').catch(() => '');
      if (result.exitCode === 255 && log.trim() !== '') throw sshFailure(address, log);
      return result.exitCode ?? 130;
    } finally {
      await rm(logPath, { force: true });
    }
  }

  return {
    run,
    stream,
    interactive,
    waitUntilReachable(machine, { timeoutMs, signal }) {
      if (signal?.aborted === true) return Promise.reject(canceled(signal));
      return waitUntilReachable({
        clock,
        timeoutMs,
        authGraceMs: options.authGraceMs ?? 60_000,
        ...(signal === undefined ? {} : { signal }),
        attempt: async (attemptMs) => {
          const attempt = { timeoutMs: attemptMs, ...(signal === undefined ? {} : { signal }) };
          // A booting machine drops packets, and TCP retransmits with growing delays: a new attempt succeeds sooner.
          await run(machine, ['true'], attempt, ['-o', 'ConnectTimeout=4']);
        },
      });
    },
    identity: async () => (await open()).identity,
    generateHostKey: () => generateKeyPair('pressluft'),
    clientOptions: async (machine) => (await connection(pinAddress(machine))).sshOptions,
    async close() {
      closed = true;
      if (opened === undefined) return;
      const { directory } = await opened;
      await Promise.all([...used.values()].map(({ address, files }) => endConnection(address, files)));
      directory.remove();
    },
  };
}

async function endConnection(address: PinnedAddress, files: ConnectionFiles): Promise<void> {
  if (!(await socketExists(files.controlPath))) return;
  await runProcess({
    file: 'ssh',
    args: ['-O', 'exit', ...clientOptions(address, files), '--', address.host],
    env: sshEnvironment(),
    timeoutMs: 2000,
  });
}
