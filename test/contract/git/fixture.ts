import { execFileSync } from 'node:child_process';
import type { CommitSha } from '../../../src/fleet/brand.ts';
import { parseCommitSha } from '../../../src/fleet/brand.ts';

const env = {
  PATH: process.env.PATH ?? '/usr/bin:/bin',
  HOME: '/nonexistent',
  LC_ALL: 'C',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'Dana',
  GIT_AUTHOR_EMAIL: 'dana@example.org',
  GIT_AUTHOR_DATE: '1700000000 +0100',
  GIT_COMMITTER_NAME: 'Dana',
  GIT_COMMITTER_EMAIL: 'dana@example.org',
  GIT_COMMITTER_DATE: '1700000000 +0100',
};

/** Real git, on the bare repository of a remote. */
export function git(repository: string, args: readonly string[], input: string | Buffer = ''): string {
  return execFileSync('git', [`--git-dir=${repository}`, ...args], {
    env,
    input,
    encoding: 'utf8',
    maxBuffer: 256 * 1_048_576,
    stdio: ['pipe', 'pipe', 'pipe'],
  }).trim();
}

export interface FixtureEntry {
  readonly mode?: string;
  readonly content?: string | Buffer;
  readonly oid?: string;
}

export type FixtureFiles = Readonly<Record<string, string | FixtureEntry>>;

/** Commits a whole tree on the branch of the remote, as somebody else's push would. `parent` null starts a new history. */
export function commitOn(
  repository: string,
  branch: string,
  files: FixtureFiles,
  options: { readonly parent?: CommitSha | null; readonly message?: string } = {},
): CommitSha {
  const tip = tipOf(repository, branch);
  const parent = options.parent === undefined ? tip : options.parent;
  const message = options.message ?? `commit ${Object.keys(files).length}`;
  const commit = makeCommit(repository, files, parent === null ? [] : [parent], message);
  git(repository, ['update-ref', `refs/heads/${branch}`, commit]);
  return commit;
}

/** A commit without a ref. */
export function makeCommit(
  repository: string,
  files: FixtureFiles,
  parents: readonly CommitSha[],
  message: string,
): CommitSha {
  const tree = writeTree(repository, files);
  const args = ['commit-tree', tree, '-m', message, ...parents.flatMap((parent) => ['-p', parent])];
  return sha(git(repository, args));
}

export function tipOf(repository: string, branch: string): CommitSha | null {
  try {
    return sha(git(repository, ['rev-parse', '--verify', '--quiet', `refs/heads/${branch}`]));
  } catch {
    return null;
  }
}

export function sha(text: string): CommitSha {
  const commit = parseCommitSha(text.trim());
  if (commit === undefined) throw new Error(`not a commit id: ${text}`);
  return commit;
}

function writeTree(repository: string, files: FixtureFiles): string {
  const folders = new Map<string, Record<string, string | FixtureEntry>>();
  const lines: string[] = [];
  for (const [path, value] of Object.entries(files)) {
    const slash = path.indexOf('/');
    if (slash >= 0) {
      const folder = folders.get(path.slice(0, slash)) ?? {};
      folder[path.slice(slash + 1)] = value;
      folders.set(path.slice(0, slash), folder);
      continue;
    }
    const entry: FixtureEntry = typeof value === 'string' ? { content: value } : value;
    const oid =
      entry.oid ?? git(repository, ['hash-object', '-w', '--stdin', '-t', 'blob'], entry.content ?? '');
    const mode = entry.mode ?? '100644';
    lines.push(`${mode} ${mode === '160000' ? 'commit' : 'blob'} ${oid}\t${path}`);
  }
  for (const [name, below] of folders) lines.push(`040000 tree ${writeTree(repository, below)}\t${name}`);
  return git(repository, ['mktree', '--missing', '-z'], lines.map((line) => `${line}\0`).join(''));
}
