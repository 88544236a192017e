import { spawn } from 'node:child_process';
import { mkdir, open } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type ErrorCode, errors } from '../fleet/error-catalogue.ts';
import { PressluftError } from '../fleet/errors.ts';
import { requireLabHost } from './host-check.ts';
import { defaultLabDir, type LabDescription, labFiles, readDescription } from './lab-files.ts';
import { labNames } from './network/naming.ts';
import { stopLab } from './stop-lab.ts';

export interface DaemonOptions {
  readonly name: string;
  readonly dir?: string;
  readonly cacheDir?: string;
  readonly warmImage?: boolean;
}

export type DaemonMessage =
  | { readonly kind: 'progress'; readonly message: string }
  | { readonly kind: 'ready' }
  | {
      readonly kind: 'failed';
      readonly code: ErrorCode | undefined;
      readonly message: string;
      readonly hint: string | undefined;
    };

/**
 * Starts a lab in a separate process and session, and resolves once it serves. When `signal` fires before that, the process
 * is ended, and a new lab is removed. Its output goes to `lab.log` in the lab's directory. Fails as `startLab` does.
 */
export async function launchDaemon(
  options: DaemonOptions,
  onProgress: (message: string) => void,
  signal?: AbortSignal,
): Promise<LabDescription> {
  requireLabHost();
  labNames(options.name);
  const dir = options.dir ?? defaultLabDir(options.name);
  const isNew = (await readDescription(dir)) === undefined;
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const log = await open(labFiles(dir).log, 'a', 0o600);
  const child = spawn(process.execPath, [daemonFile(), JSON.stringify({ ...options, dir })], {
    detached: true,
    stdio: ['ignore', log.fd, log.fd, 'ipc'],
    cwd: '/',
  });
  await log.close();
  const end = () => child.kill('SIGTERM');
  signal?.addEventListener('abort', end, { once: true });
  try {
    await new Promise<void>((resolve, reject) => {
      child.on('message', (message: DaemonMessage) => {
        if (message.kind === 'progress') onProgress(message.message);
        else if (message.kind === 'ready') resolve();
        else reject(failure(message));
      });
      child.once('error', (cause) =>
        reject(new PressluftError(errors.labFailed, 'the lab cannot be started', { cause })),
      );
      child.once('exit', (code) =>
        reject(
          new PressluftError(
            errors.labFailed,
            `the lab ended (${code}) before it was ready; see ${labFiles(dir).log}`,
          ),
        ),
      );
    });
  } catch (error) {
    if (isNew && signal?.aborted === true) await stopLab(options.name, dir);
    throw error;
  } finally {
    signal?.removeEventListener('abort', end);
    child.unref();
  }
  const description = await readDescription(dir);
  if (!description) throw new PressluftError(errors.labFailed, 'the lab ended right after its start');
  return description;
}

function failure(message: Extract<DaemonMessage, { kind: 'failed' }>): PressluftError {
  return new PressluftError(
    message.code ?? errors.labFailed,
    message.message,
    message.hint ? { hint: message.hint } : {},
  );
}

/** Beside this file, with the same extension: sources or build. */
function daemonFile(): string {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return fileURLToPath(new URL(`./daemon.${extension}`, import.meta.url));
}
