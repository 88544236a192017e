import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../../ports/log.ts';
import type { GitCommand } from './git-command.ts';

/** git's own `gc.autoPackLimit`; every fetch that brings something may add a pack. */
const maxPacks = 50;
/** In one of 256 directories; corresponds to git's own `gc.auto` of 6700 objects. */
const maxLooseInOneDirectory = 27;
/** Repacking blocks other operations while it runs. */
const timeoutMs = 600_000;

/** Packs the clone when it has many packs or loose objects; a failure only makes reading slower. */
export async function maintain(git: GitCommand, log: Log | undefined): Promise<void> {
  const packs = (await names(join(git.dir, 'objects/pack'))).filter((name) => name.endsWith('.pack'));
  const loose = await names(join(git.dir, 'objects/17'));
  if (packs.length <= maxPacks && loose.length <= maxLooseInOneDirectory) return;
  const result = await git.try(['gc', '--quiet', '--prune=2.weeks.ago'], { timeoutMs });
  if (result.exitCode === 0)
    log?.info({ packs: packs.length, durationMs: result.durationMs }, 'packed the local clone');
  else
    log?.warn(
      { exitCode: result.exitCode, stderr: result.stderr.slice(-500) },
      'the local clone could not be packed',
    );
}

async function names(dir: string): Promise<readonly string[]> {
  return await readdir(dir).catch(() => []);
}
