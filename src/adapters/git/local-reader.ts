import { readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve as resolvePath } from 'node:path';
import type { CommitSha } from '../../fleet/brand.ts';
import { errors } from '../../fleet/error-catalogue.ts';
import { PressluftError } from '../../fleet/errors.ts';
import type { GitReader } from '../../ports/git-repository.ts';
import { isBranchName } from './branch-name.ts';
import { createGitCommand, type GitCommand } from './git-command.ts';
import { createHistory } from './history.ts';
import { commitOf, readObjects } from './object-database.ts';
import { createObjectReader } from './object-reader.ts';
import { createRedactor } from './redact.ts';
import { createTreeListing } from './tree-listing.ts';

interface LocalReaderOptions {
  /** A bare repository or a directory of a work tree. */
  readonly path: string;
  /** The source branch; defaults to `main` if it exists, otherwise to the branch that is checked out. */
  readonly branch?: string | undefined;
}

/**
 * Reads an existing repository on this machine in place: nothing is fetched, written or locked, so a job can read its own
 * checkout. A branch is the newer of the local one and `origin`'s as of the last fetch.
 * Throws PL2002 when there is no repository.
 */
export async function openLocalReader({
  path,
  branch,
}: LocalReaderOptions): Promise<GitReader & { close(): void }> {
  const dir = await findGitDirectory(path);
  if (dir === null) {
    throw new PressluftError(errors.settingInvalid, `${path} is no Git repository`, {
      hint: 'Name a clone of the repository with the manifests, or its URL.',
    });
  }
  const redactor = createRedactor();
  const git = createGitCommand(dir, { kind: 'local', url: dir, path: dir }, redactor);
  const reader = createObjectReader(git, redactor, () => undefined);
  const trees = createTreeListing(reader, () => undefined);
  const history = createHistory(git, redactor);

  const missing = (what: string) =>
    new PressluftError(errors.cloneIncomplete, `${what} is not in ${path}`, { hint: deepen });

  async function tips(statusBranch: string) {
    const named = branch ?? 'main';
    const source =
      (await branchTip(git, named)) ?? (branch === undefined ? await commitOf(git, 'HEAD') : null);
    return { source, status: await branchTip(git, statusBranch) };
  }

  return {
    tips,
    async fetch(statusBranch) {
      const { source, status } = await tips(statusBranch);
      if (source !== null) return { source, status };
      throw new PressluftError(errors.branchMissing, `${path} has no branch ${branch ?? 'main'}`, {
        hint: 'Name one with --branch, or a commit with --ref.',
      });
    },
    ...readObjects(() => ({ git, reader, trees, history }), missing),
    async resolve(revision) {
      // A name refers to a branch first; git resolves all other forms.
      return (await namedCommit(git, revision)) ?? (await branchTip(git, revision));
    },
    close: () => reader.close(),
  };
}

const deepen = 'The clone may be shallow: fetch the whole history (`git fetch --unshallow`).';

/** Git is not asked, because it refuses directories of another user, and checkouts of CI jobs often belong to one. */
async function findGitDirectory(start: string): Promise<string | null> {
  const path = resolvePath(start);
  for (let folder = path; ; folder = dirname(folder)) {
    const dotGit = join(folder, '.git');
    const found = await stat(dotGit).catch(() => null);
    if (found?.isDirectory() === true) return dotGit;
    // Work trees and submodules have a file that names the directory.
    if (found?.isFile() === true) {
      const named = /^gitdir: (.+)$/m.exec(await readFile(dotGit, 'utf8'))?.[1];
      return named === undefined ? null : resolvePath(folder, named.trim());
    }
    if (await isBare(folder)) return folder;
    if (folder === dirname(folder)) return null;
  }
}

async function isBare(folder: string): Promise<boolean> {
  const parts = ['HEAD', 'objects', 'refs'].map((name) => stat(join(folder, name)).catch(() => null));
  return (await Promise.all(parts)).every((part) => part !== null);
}

async function branchTip(git: GitCommand, name: string): Promise<CommitSha | null> {
  if (!isBranchName(name)) return null;
  const local = await commitOf(git, `refs/heads/${name}`);
  const remote = await commitOf(git, `refs/remotes/origin/${name}`);
  if (local === null || remote === null || local === remote) return local ?? remote;
  const behind = await git.try(['merge-base', '--is-ancestor', local, remote]);
  return behind.exitCode === 0 ? remote : local;
}

/** Only what looks like a revision of git is passed to it. */
async function namedCommit(git: GitCommand, revision: string): Promise<CommitSha | null> {
  return /^[\w][\w./+@{}~^-]*$/.test(revision) ? commitOf(git, revision) : null;
}
