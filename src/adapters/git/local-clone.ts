import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { GitCommand } from './git-command.ts';

/** Loose refs and objects are flushed too: a clone that lost them in a power failure would have to be replaced. */
const config = `[core]
\trepositoryformatversion = 0
\tfilemode = false
\tbare = true
\tlogAllRefUpdates = false
\thooksPath = /dev/null
\tfsync = committed,loose-object,reference
[gc]
\tauto = 0
[maintenance]
\tauto = false
`;

/** Creates an empty bare clone in `dir` atomically. */
export async function initClone(dir: string): Promise<void> {
  const parent = dirname(dir);
  await mkdir(parent, { recursive: true, mode: 0o700 });
  const temporary = `${dir}.new-${randomUUID().slice(0, 8)}`;
  await mkdir(temporary, { mode: 0o700 });
  try {
    for (const name of ['objects/info', 'objects/pack', 'refs/heads', 'refs/pressluft', 'info']) {
      await mkdir(join(temporary, name), { recursive: true });
    }
    await writeFile(join(temporary, 'config'), config, { flush: true });
    await writeFile(join(temporary, 'HEAD'), 'ref: refs/heads/unborn\n', { flush: true });
    await rename(temporary, dir);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw error;
  }
}

/** Moves a damaged clone to a sibling directory and returns its new path. */
export async function setAside(dir: string): Promise<string> {
  const aside = `${dir}.damaged-${randomUUID().slice(0, 8)}`;
  await rename(dir, aside);
  return aside;
}

/** Removes leftovers of an interrupted creation beside the clone. */
export async function removeUnfinished(dir: string): Promise<void> {
  const prefix = `${basename(dir)}.new-`;
  const parent = dirname(dir);
  for (const name of await readdir(parent).catch(() => [])) {
    if (name.startsWith(prefix)) await rm(join(parent, name), { recursive: true, force: true });
  }
}

export async function cloneExists(dir: string): Promise<boolean> {
  return await stat(dir).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

/**
 * Removes lock files and half-received objects of a killed process. Only the caller uses the clone, so files older
 * than this call have no owner.
 */
export async function removeLeftovers(dir: string, ownedSinceMs: number): Promise<number> {
  let removed = 0;
  async function visit(folder: string, isLeftover: (name: string) => boolean, deep: boolean): Promise<void> {
    for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
      const path = join(folder, entry.name);
      if (isLeftover(entry.name)) {
        const found = await stat(path).catch(() => null);
        if (found === null || found.mtimeMs >= ownedSinceMs) continue;
        await rm(path, { recursive: true, force: true });
        removed += 1;
      } else if (deep && entry.isDirectory()) {
        await visit(path, isLeftover, true);
      }
    }
  }
  // No ref can have a name that ends in `.lock`.
  const isLock = (name: string) => name.endsWith('.lock');
  await visit(dir, (name) => isLock(name) || name === 'packed-refs.new' || name === 'gc.pid', false);
  await visit(join(dir, 'refs'), isLock, true);
  await visit(
    join(dir, 'objects'),
    (name) => /^(?:tmp_|incoming-|tmp-objdir-|\.tmp-|.*\.lock$)/.test(name),
    true,
  );
  return removed;
}

/**
 * Removes packs that were being received when a fetch failed: git leaves them when it is killed or the disk is full, and they would
 * accumulate with every attempt. Call it only while no fetch is running.
 */
export async function removePartialPacks(dir: string): Promise<void> {
  const packs = join(dir, 'objects/pack');
  for (const name of await readdir(packs).catch(() => [])) {
    if (name.startsWith('tmp_')) await rm(join(packs, name), { force: true });
  }
}

/**
 * Whether Git accepts the clone and everything that the tips refer to exists, including blobs. Content is not read: a flipped bit
 * is found when its object is read.
 */
export async function isIntact(git: GitCommand, tips: Iterable<string>): Promise<boolean> {
  const bare = await git.try(['rev-parse', '--is-bare-repository']);
  if (bare.exitCode !== 0 || bare.stdout.trim() !== 'true') return false;
  const list = [...tips];
  if (list.length === 0) return true;
  const check = await git.try(['rev-list', '--objects', '--no-walk', '--quiet', '--stdin'], {
    input: `${list.join('\n')}\n`,
  });
  return check.exitCode === 0;
}

/** Whether every object can be read, also those that nothing refers to. Slow: it reads them all. */
export async function isReadable(git: GitCommand): Promise<boolean> {
  const check = await git.try(['fsck', '--no-dangling', '--no-progress'], { timeoutMs: 600_000 });
  return check.exitCode === 0;
}
