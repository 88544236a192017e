import { type CommitSha, parseCommitSha } from '../../fleet/brand.ts';
import type { PressluftError } from '../../fleet/errors.ts';
import type { CommitInfo, GitReader, LogOptions } from '../../ports/git-repository.ts';
import { parseCommit } from './commit-object.ts';
import { commitSignature } from './commit-signature.ts';
import type { GitCommand } from './git-command.ts';
import type { History } from './history.ts';
import type { ObjectReader } from './object-reader.ts';
import type { TreeListing } from './tree-listing.ts';

interface ObjectDatabase {
  readonly git: GitCommand;
  readonly reader: ObjectReader;
  readonly trees: TreeListing;
  readonly history: History;
}

type ObjectReads = Pick<GitReader, 'list' | 'read' | 'commitInfo' | 'log' | 'signature' | 'commitsBetween'>;

const maxCommitBytes = 4 * 1_048_576;

/**
 * The part of {@link GitReader} that needs no branches. `open` is called every time, since a damaged clone is replaced by another;
 * `missing` creates the error for a missing object, and `onMissing` is called for an object that does not exist at all.
 */
export function readObjects(
  open: () => ObjectDatabase,
  missing: (what: string) => PressluftError,
  onMissing: () => void = () => undefined,
): ObjectReads {
  async function commitObject(commit: CommitSha): Promise<Buffer> {
    const object = await open().reader.read(commit, maxCommitBytes);
    if (object === null) onMissing();
    if (object?.type !== 'commit') throw missing(`The commit ${commit}`);
    return object.content;
  }

  async function commitInfo(commit: CommitSha): Promise<CommitInfo> {
    const info = parseCommit(commit, await commitObject(commit));
    if (info === null) throw missing(`The commit ${commit}`);
    return info;
  }

  return {
    async list(commit, under) {
      const { trees } = open();
      return await trees.list(await trees.treeOf(commit), under);
    },
    async read(oid, maxBytes) {
      const object = await open().reader.read(oid, maxBytes);
      if (object === null) onMissing();
      if (object?.type !== 'blob') throw missing(`The Git blob ${oid}`);
      return object.content;
    },
    commitInfo,
    log: async (from, options) => await readLog(open().git, from, options, commitInfo),
    signature: async (commit) => commitSignature(await commitObject(commit)),
    async commitsBetween(older, newer, limit) {
      const steps = await open().history.commitsBetween(older, newer, limit);
      if (steps === null) throw missing(`The commit ${older} or ${newer}`);
      return steps;
    },
  };
}

/** The commit that a revision names, as git itself resolves it; null when there is none. */
export async function commitOf(git: GitCommand, revision: string): Promise<CommitSha | null> {
  const args = ['--verify', '--quiet', '--end-of-options', `${revision}^{commit}`];
  const result = await git.try(['rev-parse', ...args]);
  return parseCommitSha(result.stdout.trim()) ?? null;
}

/** Enough for 100,000 commits. */
const maxOutputBytes = 5 * 1_048_576;

/** The git binary walks the history: it compares trees along the paths only, and reads no file. */
async function readLog(
  git: GitCommand,
  from: CommitSha,
  options: LogOptions,
  commitInfo: (commit: CommitSha) => Promise<CommitInfo>,
): Promise<readonly CommitInfo[]> {
  const commits = await Promise.all((await commitsThatChanged(git, from, options)).map(commitInfo));
  // git reads a time in the future as the present.
  return commits.filter(({ committedAt }) => Date.parse(committedAt) >= (options.since ?? 0));
}

async function commitsThatChanged(
  git: GitCommand,
  from: CommitSha,
  { paths, limit, since }: LogOptions,
): Promise<readonly CommitSha[]> {
  if (paths.length === 0 || limit < 1) return [];
  const output = await git.run(
    [
      '--literal-pathspecs',
      'log',
      '--format=%H',
      '--no-show-signature',
      `--max-count=${Math.floor(limit)}`,
      ...(since === undefined ? [] : [`--since=@${Math.floor(since / 1000)}`]),
      '--end-of-options',
      from,
      '--',
      ...paths,
    ],
    { maxOutputBytes },
  );
  return output.split('\n').flatMap((line) => parseCommitSha(line) ?? []);
}
