import { spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errors } from '../../fleet/error-catalogue.ts';
import { PressluftError } from '../../fleet/errors.ts';
import { toolEnvironment } from './run-tool.ts';

/**
 * Runs `work` while holding an exclusive flock(2) on `path`; waits for other processes without a limit. The kernel
 * frees the lock when this process dies: the holder is a child that ends with its standard input.
 */
export async function withFileLock<T>(
  path: string,
  work: () => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const release = await acquire(path, signal);
  try {
    return await work();
  } finally {
    await release();
  }
}

async function acquire(path: string, signal: AbortSignal | undefined): Promise<() => Promise<void>> {
  await mkdir(dirname(path), { recursive: true });
  const holder = spawn('flock', ['--exclusive', '--no-fork', path, 'cat'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: toolEnvironment,
    detached: true,
  });
  const ended = new Promise<void>((resolve) => holder.once('close', () => resolve()));
  const abort = () => holder.kill('SIGKILL');
  signal?.addEventListener('abort', abort, { once: true });
  try {
    await new Promise<void>((resolve, reject) => {
      // `cat` starts only once the lock is held, so its echo is the proof.
      holder.stdout.once('data', () => resolve());
      holder.once('error', (cause) =>
        reject(new PressluftError(errors.programMissing, 'flock cannot be run', { cause })),
      );
      holder.once('close', () =>
        reject(new PressluftError(errors.cancelled, `waiting for ${path} was cancelled`)),
      );
      holder.stdin.on('error', () => undefined);
      if (signal?.aborted === true) abort();
      holder.stdin.write('held\n');
    });
  } finally {
    signal?.removeEventListener('abort', abort);
  }
  return async () => {
    holder.stdin.end();
    await ended;
  };
}
