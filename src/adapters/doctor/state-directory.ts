import { access, constants, stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { StateDirectoryFacts } from '../../ports/doctor-probes.ts';

/** Looks at the state directory, or at the nearest one above it that exists; makes nothing. `path` is absolute. */
export async function probeStateDirectory(path: string): Promise<StateDirectoryFacts> {
  const there = await nearestExisting(path);
  const exists = there === path;
  const [stats, space] = await Promise.all([stat(there), statfs(there)]);
  return {
    path,
    exists,
    isDirectory: stats.isDirectory(),
    writable: stats.isDirectory() && (await mayWrite(there)),
    mode: exists ? stats.mode & 0o777 : null,
    freeBytes: space.bavail * space.bsize,
    freeInodes: space.files === 0 ? null : space.ffree,
  };
}

async function nearestExisting(path: string): Promise<string> {
  for (let candidate = path; ; candidate = dirname(candidate)) {
    const exists = await stat(candidate).then(
      () => true,
      () => false,
    );
    if (exists || candidate === dirname(candidate)) return candidate;
  }
}

async function mayWrite(path: string): Promise<boolean> {
  try {
    await access(path, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
