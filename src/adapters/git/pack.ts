import { once } from 'node:events';
import { errors } from '../../fleet/error-catalogue.ts';
import { PressluftError } from '../../fleet/errors.ts';
import type { GitCommand } from './git-command.ts';
import { gitError } from './git-errors.ts';
import type { GitStream } from './git-stream.ts';
import type { Redactor } from './redact.ts';

/** Larger packs are not created: Pressluft pushes only records. */
const maxPushBytes = 64 * 1_048_576;

/**
 * Streams a pack into the object store as it arrives. `git index-pack` checks every object, completes a thin pack, and moves the
 * pack into place only when it is whole: an interruption leaves nothing but a temporary file.
 */
export async function ingestPack(
  git: GitCommand,
  pack: AsyncIterable<Buffer>,
  maxBytes: number,
  signal: AbortSignal,
  redactor: Redactor,
): Promise<void> {
  const process = git.open(['index-pack', '--stdin', '--fix-thin', `--max-input-size=${maxBytes}`]);
  process.stdout.resume();
  const onAbort = () => process.kill();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    for await (const chunk of pack) {
      if (process.stdin.destroyed) break;
      await write(process, chunk);
    }
    process.stdin.end();
    const exitCode = await process.exited;
    signal.throwIfAborted();
    if (exitCode !== 0) throw gitError('index-pack', process.errorText() || 'early EOF', redactor);
  } catch (error) {
    process.kill();
    await process.exited;
    throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** The pack with all objects of `commit` that a remote with the commits `known` lacks. */
export async function packFor(
  git: GitCommand,
  commit: string,
  known: readonly string[],
  signal: AbortSignal,
): Promise<Buffer> {
  const process = git.open([
    'pack-objects',
    '--revs',
    '--thin',
    '--delta-base-offset',
    '--stdout',
    '--quiet',
  ]);
  const onAbort = () => process.kill();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    const here = await present(git, known);
    process.stdin.end(`${commit}\n${here.map((oid) => `^${oid}\n`).join('')}`);
    const chunks: Buffer[] = [];
    let total = 0;
    for await (const chunk of process.stdout as AsyncIterable<Buffer>) {
      total += chunk.length;
      if (total > maxPushBytes)
        throw new PressluftError(errors.gitFailed, 'The records to push are too large');
      chunks.push(chunk);
    }
    const exitCode = await process.exited;
    signal.throwIfAborted();
    if (exitCode !== 0) throw new Error(process.errorText() || 'git pack-objects failed');
    return Buffer.concat(chunks, total);
  } finally {
    process.kill();
    signal.removeEventListener('abort', onAbort);
  }
}

/** The given commits that are in the local clone: only they can be excluded. */
async function present(git: GitCommand, oids: readonly string[]): Promise<readonly string[]> {
  if (oids.length === 0) return [];
  const text = await git.run(['cat-file', '--batch-check=%(objectname) %(objecttype)'], {
    input: `${oids.join('\n')}\n`,
    maxOutputBytes: 16 * 1_048_576,
  });
  return text.split('\n').flatMap((line) => (line.endsWith(' commit') ? [line.slice(0, 40)] : []));
}

async function write(process: GitStream, chunk: Buffer): Promise<void> {
  if (process.stdin.write(chunk)) return;
  await Promise.race([once(process.stdin, 'drain').catch(() => undefined), process.exited]);
}
