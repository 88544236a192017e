import { lstat, readdir, readlink, realpath } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { errors } from '../../fleet/error-catalogue.ts';
import { PressluftError } from '../../fleet/errors.ts';

/** One file of an archive: its path inside and the file with its content. */
export interface SourceFile {
  readonly path: string;
  readonly source: string;
}

/**
 * Every file below `dir`, sorted by path. Symbolic links are replaced by their targets inside `root`, the unpacked file
 * system they belong to; `skip` leaves paths out before they are read.
 */
export async function collectFiles(
  dir: string,
  root: string,
  skip: (path: string) => boolean = () => false,
): Promise<readonly SourceFile[]> {
  const realRoot = await realpath(root);
  const files: SourceFile[] = [];

  async function visit(current: string, prefix: string): Promise<void> {
    for (const name of await readdir(current)) {
      const path = prefix === '' ? name : `${prefix}/${name}`;
      if (skip(path)) continue;
      const source = await resolveInside(realRoot, join(current, name));
      const stat = await lstat(source);
      if (stat.isDirectory()) await visit(source, path);
      else if (stat.isFile()) files.push({ path, source });
    }
  }

  await visit(await realpath(dir), '');
  return files.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

/** Follows links; absolute targets are relative to `root`. Fails when a link leaves it, is dangling or is part of a cycle. */
async function resolveInside(root: string, path: string): Promise<string> {
  let current = path;
  for (let hops = 0; hops < 16; hops += 1) {
    const stat = await lstat(current).catch((cause: unknown) => {
      throw new PressluftError(errors.labFailed, `${path} points to ${current}, which is missing`, { cause });
    });
    if (!stat.isSymbolicLink()) return current;
    const target = await readlink(current);
    current = target.startsWith('/') ? join(root, target) : join(current, '..', target);
    if (relative(root, current).startsWith('..')) break;
  }
  throw new PressluftError(errors.labFailed, `${path} is a link to a path outside ${root}`);
}
