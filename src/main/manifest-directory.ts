import { createHash } from 'node:crypto';
import { lstat, readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { CommitSha } from '../fleet/brand.ts';
import { PressluftError } from '../fleet/errors.ts';
import {
  isManifestEntry,
  type LoadedFleet,
  limits,
  loadFleet,
  type ManifestFile,
} from '../manifest/index.ts';

/** Stands for "not committed yet". */
const workTree = '0'.repeat(40) as CommitSha;

/** Checks the manifests of a directory, as they lie there. */
export async function loadDirectory(
  path: string,
  artifactMirror: string | undefined,
): Promise<LoadedFleet & { readonly commit: CommitSha }> {
  const files = await manifestFiles(path);
  const options = artifactMirror === undefined ? {} : { artifactMirror };
  return { ...loadFleet(files, workTree, options), commit: workTree };
}

async function manifestFiles(root: string): Promise<readonly ManifestFile[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch((cause: unknown) => {
    throw new PressluftError('PL2001', `cannot read the directory ${root}`, {
      cause,
      hint: 'Name the directory that holds pressluft.yaml.',
    });
  });
  const files: ManifestFile[] = [];
  for (const entry of entries) {
    const full = join(entry.parentPath, entry.name);
    const path = relative(root, full).split(sep).join('/');
    if (
      entry.isDirectory() ||
      !isManifestEntry({ path, kind: entry.isSymbolicLink() ? 'symlink' : 'file' }) ||
      path.includes('node_modules/')
    )
      continue;
    files.push(await readManifest(full, path));
  }
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

async function readManifest(full: string, path: string): Promise<ManifestFile> {
  const stats = await lstat(full);
  if (!stats.isFile()) return { path, oid: '', kind: 'symlink', bytes: new Uint8Array() };
  if (stats.size > limits.fileBytes) return { path, oid: '', kind: 'file', bytes: { tooLarge: stats.size } };
  const bytes = await readFile(full);
  const oid = createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
  return { path, oid, kind: 'file', bytes };
}
