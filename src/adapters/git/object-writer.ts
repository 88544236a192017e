import { randomUUID } from 'node:crypto';
import * as files from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errors } from '../../fleet/error-catalogue.ts';
import { PressluftError } from '../../fleet/errors.ts';

/** Writes loose objects by isomorphic-git, each atomically. Throws PL3012 when the disk is full. */
export interface ObjectWriter {
  blob(content: string): Promise<string>;
  tree(content: Buffer): Promise<string>;
  commit(request: {
    readonly tree: string;
    readonly parent: string | null;
    readonly message: string;
    readonly author: Signature;
  }): Promise<string>;
}

export interface Signature {
  readonly name: string;
  readonly email: string;
  /** Seconds since the epoch; the time zone is always UTC. */
  readonly timestamp: number;
}

export function createObjectWriter(gitdir: string): ObjectWriter {
  const fs = atomicFiles(join(gitdir, 'objects'));
  async function write<T>(work: (git: typeof import('isomorphic-git')) => Promise<T>): Promise<T> {
    try {
      // Loaded when the first commit is made: it takes 20 MB.
      return await work(await import('isomorphic-git'));
    } catch (error) {
      throw writeError(error);
    }
  }
  return {
    blob: (content) => write((git) => git.writeBlob({ fs, gitdir, blob: Buffer.from(content) })),
    tree: (content) =>
      write((git) => git.writeObject({ fs, gitdir, type: 'tree', object: content, format: 'content' })),
    commit: ({ tree, parent, message, author }) =>
      write((git) => {
        const signature = { ...author, timezoneOffset: 0 };
        const parents = parent === null ? [] : [parent];
        return git.writeCommit({
          fs,
          gitdir,
          commit: { tree, parent: parents, message, author: signature, committer: signature },
        });
      }),
  };
}

/**
 * isomorphic-git writes in place, which would leave half an object under its final name after a crash, a power failure or on a full
 * disk; and an existing object is never written again.
 */
function atomicFiles(objects: string) {
  async function writeFile(path: string, data: string | Uint8Array): Promise<void> {
    const temporary = join(objects, `tmp_obj_${randomUUID()}`);
    try {
      await files.writeFile(temporary, data, { mode: 0o444, flush: true });
      await files.mkdir(dirname(path), { recursive: true });
      await files.rename(temporary, path);
    } catch (error) {
      await files.rm(temporary, { force: true });
      throw error;
    }
  }
  return { promises: { ...files, writeFile } };
}

function writeError(error: unknown): PressluftError {
  const code = (error as { readonly code?: unknown } | null)?.code;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new PressluftError(errors.diskFull, 'The disk is full: the commit cannot be written', {
      hint: 'Free space on the disk that holds the state directory.',
      cause: error,
    });
  }
  return new PressluftError(errors.gitFailed, 'The commit cannot be written to the local clone', {
    hint: 'Check the permissions of the state directory.',
    cause: error,
  });
}
