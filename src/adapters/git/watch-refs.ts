import { readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Log } from '../../ports/log.ts';

/** A push touches several files, one after the other. */
const settleMs = 50;

/**
 * Calls back when refs of a local repository change. A watch may miss events (the kernel's queue is bounded), so it does not replace
 * polling.
 */
export async function watchRefs(
  path: string,
  log: Log | undefined,
  onChange: () => void,
): Promise<() => Promise<void>> {
  const { watch } = await import('chokidar');
  const dir = await gitDirectory(path);
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const watcher = watch([join(dir, 'refs'), join(dir, 'packed-refs'), join(dir, 'HEAD')], {
    ignoreInitial: true,
    followSymlinks: false,
    ignored: (file) => file.endsWith('.lock'),
  });
  watcher.on('all', () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (!stopped) onChange();
    }, settleMs);
  });
  watcher.on('error', (error) =>
    log?.warn({ error }, 'watching the Git repository failed; it is polled only'),
  );
  await new Promise<void>((ready) => {
    watcher.once('ready', () => ready());
  });
  return async () => {
    stopped = true;
    clearTimeout(timer);
    await watcher.close();
  };
}

/** The directory with the refs: the path itself when bare, its `.git`, or the target of a `.git` file. */
async function gitDirectory(path: string): Promise<string> {
  const inner = join(path, '.git');
  const found = await stat(inner).catch(() => null);
  if (found === null) return path;
  if (found.isDirectory()) return inner;
  const target = /^gitdir: (.+)$/m.exec(await readFile(inner, 'utf8'))?.[1] ?? path;
  const gitdir = resolve(path, target);
  const common = await readFile(join(gitdir, 'commondir'), 'utf8').catch(() => null);
  return common === null ? gitdir : resolve(gitdir, common.trim());
}
