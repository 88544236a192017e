import { createHash } from 'node:crypto';
import { closeSync, constants, type Dirent, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { errors } from '../fleet/error-catalogue.ts';
import { PressluftError } from '../fleet/errors.ts';
import { isManifestEntry, limits, type ManifestFile } from '../manifest/index.ts';

/**
 * The manifests below a directory as Git would list them, sorted by path. Symlinks and nested repositories are not followed;
 * dot-directories and `node_modules` are skipped. Synchronous, because it runs before anything else in a command, and reading
 * thousands of small files takes a tenth of the time.
 */
export function readTree(root: string): readonly ManifestFile[] {
  const files: ManifestFile[] = [];
  const buffer = Buffer.allocUnsafe(limits.fileBytes + 1);
  const open: string[] = [''];
  for (let under = open.pop(); under !== undefined; under = open.pop()) {
    const entries = entriesOf(root, under);
    // `.git` is a file in a submodule and a directory in a nested clone.
    if (under !== '' && entries.some(({ name }) => name === '.git')) {
      files.push(notFollowed(under.slice(0, -1), 'submodule'));
      continue;
    }
    for (const entry of entries) {
      const path = `${under}${entry.name}`;
      if (entry.isDirectory()) {
        if (entry.name !== 'node_modules' && !entry.name.startsWith('.')) open.push(`${path}/`);
        continue;
      }
      const kind = entry.isFile() ? 'file' : 'symlink';
      if (!isManifestEntry({ path, kind })) continue;
      const file = kind === 'file' ? readManifest(root, path, buffer) : notFollowed(path, kind);
      if (file !== undefined) files.push(file);
    }
  }
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

function entriesOf(root: string, under: string): readonly Dirent[] {
  try {
    return readdirSync(join(root, under), { withFileTypes: true });
  } catch (cause) {
    throw new PressluftError(errors.flagInvalid, `cannot read the directory ${join(root, under)}`, {
      cause,
      hint: 'Name the directory that holds pressluft.yaml.',
    });
  }
}

function notFollowed(path: string, kind: 'symlink' | 'submodule'): ManifestFile {
  return { path, oid: '', kind, bytes: new Uint8Array() };
}

/** Undefined if the file was removed after the directory was listed. */
function readManifest(root: string, path: string, buffer: Buffer): ManifestFile | undefined {
  let handle: number;
  try {
    // The file may have been replaced by a symlink, or by a pipe that would block.
    handle = openSync(join(root, path), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    if (code === 'ENOENT') return undefined;
    if (code === 'ELOOP') return notFollowed(path, 'symlink');
    throw new PressluftError(errors.flagInvalid, `cannot read the file ${join(root, path)}`, { cause });
  }
  try {
    const stats = fstatSync(handle);
    if (!stats.isFile()) return notFollowed(path, 'symlink');
    const length = stats.size > limits.fileBytes ? stats.size : readAll(handle, buffer);
    if (length > limits.fileBytes) return { path, oid: '', kind: 'file', bytes: { tooLarge: length } };
    const bytes = Buffer.from(buffer.subarray(0, length));
    return { path, oid: blobId(bytes), kind: 'file', bytes };
  } finally {
    closeSync(handle);
  }
}

/** Reads to the end, because a file may grow meanwhile. One byte more than the limit shows that the file exceeds it. */
function readAll(handle: number, buffer: Buffer): number {
  let length = 0;
  for (let read = -1; read !== 0 && length < buffer.length; length += read) {
    read = readSync(handle, buffer, length, buffer.length - length, null);
  }
  return length;
}

function blobId(bytes: Uint8Array): string {
  return createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
}
