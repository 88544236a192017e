import { createHash } from 'node:crypto';
import { closeSync, constants, type Dirent, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { errors } from '../fleet/error-catalogue.ts';
import { PressluftError } from '../fleet/errors.ts';
import { isManifestEntry, limits, type ManifestFile } from '../manifest/index.ts';

/**
 * The manifests below a directory as Git would see them, sorted by path. Nothing behind a symlink or a nested repository is
 * read, nor anything in dot-directories or `node_modules`. Synchronous, as it is the first thing that a command does and
 * thousands of small files take a tenth of the time that way.
 */
export function readTree(root: string): readonly ManifestFile[] {
  const files: ManifestFile[] = [];
  const buffer = Buffer.allocUnsafe(limits.fileBytes + 1);
  const open: string[] = [''];
  for (let under = open.pop(); under !== undefined; under = open.pop()) {
    const entries = entriesOf(root, under);
    // A submodule has a file of this name, a clone within the clone a directory.
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

/** Undefined when the file has gone since the directory was listed. */
function readManifest(root: string, path: string, buffer: Buffer): ManifestFile | undefined {
  let handle: number;
  try {
    // Something else may have taken the place of the file by now: a link, or a pipe that would keep us waiting.
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

/** Up to the end, for a file may grow while it is read; one byte over the limit shows that it is over it. */
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
