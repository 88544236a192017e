import type { CommitSha } from '../fleet/brand.ts';
import { errors } from '../fleet/error-catalogue.ts';
import { isPressluftError, PressluftError } from '../fleet/errors.ts';
import type { GitRepository } from '../ports/git-repository.ts';
import type { RepositoryFiles } from '../ports/secrets.ts';

const maxBytes = 1024 * 1024;

/** Reads files of a commit that contain secrets. Symlinks are not followed, and paths cannot leave the repository. */
export function repositoryFiles(
  git: GitRepository,
  commit: () => Promise<CommitSha | null>,
): RepositoryFiles {
  return async (path) => {
    if (path === '' || path.split('/').some((segment) => ['', '.', '..'].includes(segment))) {
      throw unreadable(path, 'is not a path inside the repository');
    }
    const at = await commit();
    if (at === null) throw unreadable(path, 'cannot be read: the repository was never fetched');
    const entry = (await git.list(at, path)).find((file) => file.path === path);
    if (entry === undefined) throw unreadable(path, `does not exist in commit ${at.slice(0, 9)}`);
    if (entry.kind !== 'file') throw unreadable(path, `is a ${entry.kind}, which is not followed`);
    try {
      return await git.read(entry.oid, maxBytes);
    } catch (error) {
      if (!isPressluftError(error, errors.cloneIncomplete)) throw error;
      throw unreadable(path, `cannot be read: ${error.message}`, error);
    }
  };
}

function unreadable(path: string, what: string, cause?: unknown): PressluftError {
  return new PressluftError(errors.sopsUnreadable, `${path.slice(0, 300)} ${what}`, {
    cause,
    hint: 'Paths of SOPS files are relative to the root of the repository.',
  });
}
