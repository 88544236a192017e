import type { Readable, Writable } from 'node:stream';
import { execa } from 'execa';
import { errors } from '../../fleet/error-catalogue.ts';
import { PressluftError } from '../../fleet/errors.ts';
import { forgetGroup, rememberGroup, signalGroup } from '../process/process-group.ts';

/** A running `git` whose pipes are read and written while it runs. */
export interface GitStream {
  readonly stdin: Writable;
  readonly stdout: Readable;
  /** The end of its standard error so far. */
  errorText(): string;
  /** Resolves when the process has ended, with its exit code (-1 after a signal); never rejects. */
  readonly exited: Promise<number>;
  /** Kills the whole process group at once; git leaves no half-written object when killed. */
  kill(): void;
  /** Whether the child keeps this process alive. */
  hold(held: boolean): void;
}

const maxErrorText = 8192;

export function openGitStream(args: readonly string[], env: Readonly<Record<string, string>>): GitStream {
  const subprocess = execa('git', args, {
    extendEnv: false,
    env: { ...env },
    cwd: '/',
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
    cleanup: false,
    buffer: false,
    reject: false,
  });
  const { pid, stdin, stdout, stderr } = subprocess;
  if (pid === undefined) {
    throw new PressluftError(errors.programMissing, 'git was not found', {
      hint: 'Install git, or put it on the PATH.',
    });
  }
  rememberGroup(pid);

  let tail = '';
  stderr.setEncoding('utf8').on('data', (text: string) => {
    tail = (tail + text).slice(-maxErrorText);
  });
  // A write to a process that just died: its exit reports the cause.
  stdin.on('error', () => undefined);
  stdout.on('error', () => undefined);

  const exited = new Promise<number>((resolve) => {
    // `close` is emitted after the pipes are drained, so that no output is lost.
    subprocess.nodeChildProcess.once('close', (code) => {
      forgetGroup(pid);
      resolve(code ?? -1);
    });
  });
  return {
    stdin,
    stdout,
    errorText: () => tail,
    exited,
    kill() {
      signalGroup(pid, 'SIGKILL');
    },
    hold(held) {
      const method = held ? 'ref' : 'unref';
      subprocess.nodeChildProcess[method]();
      for (const pipe of [stdin, stdout, stderr]) socketOf(pipe)[method]?.();
    },
  };
}

/** The pipes of a child are sockets, which have `ref` and `unref`; their declared type lacks them. */
function socketOf(pipe: object): { ref?: () => void; unref?: () => void } {
  return pipe;
}
