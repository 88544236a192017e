import { checkBranchName } from '../../../src/adapters/git/branch-name.ts';
import { type FetchContext, fetchBranches } from '../../../src/adapters/git/fetch-branches.ts';
import { pushCommit } from '../../../src/adapters/git/push-commit.ts';
import { sourceRef, statusRef } from '../../../src/adapters/git/refs.ts';
import { createSerial } from '../../../src/adapters/git/serial.ts';
import type { CommitSha } from '../../../src/fleet/brand.ts';
import { errors } from '../../../src/fleet/error-catalogue.ts';
import { isPressluftError, PressluftError } from '../../../src/fleet/errors.ts';
import type { GitRepository } from '../../../src/ports/git-repository.ts';
import type { Log } from '../../../src/ports/log.ts';
import type { Gate } from '../core/index.ts';
import { changeSimTree } from './change-tree.ts';
import type { SimClone } from './clone.ts';
import { isAncestorIn, logOf, stepsBetween } from './history.ts';
import { commitOf, emptyTree, filesBelow, type SimCommit } from './objects.ts';
import { createReads } from './reads.ts';
import { simFollowed, simRefs } from './refs.ts';
import type { SimRemote } from './remote.ts';
import { resolveIn } from './resolve.ts';
import { diskFull, simTransport } from './transport.ts';

export interface SimGitOptions {
  /** The source branch. */
  readonly branch: string;
  readonly allowRewrite?: boolean;
  /** Whether the remote is a path on this host, which can be watched. */
  readonly local?: boolean;
  readonly log?: Log;
}

const author = 'Pressluft <pressluft@localhost>';
/** As the adapter waits for the rest of a push. */
const settleMs = 50;

/**
 * The clone as one process opened it. The adapter's own code decides what is fetched and followed, and how a push
 * is confirmed; the remote, the transport and the disk are simulated.
 */
export function simGit(
  gate: Gate,
  remote: SimRemote,
  clone: SimClone,
  { branch, allowRewrite = false, local = false, log }: SimGitOptions,
): GitRepository {
  const serial = createSerial();
  const context: FetchContext = {
    clone: {
      refs: simRefs(gate, clone),
      followed: simFollowed(gate, clone),
      history: {
        isAncestor: async (older, newer) => isAncestorIn(clone.commits, older, newer),
        commitsAmong: async (oids) => new Set(oids.filter((oid) => clone.commits.has(oid))),
        commitsBetween: async (older, newer, limit) => stepsBetween(clone.commits, older, newer, limit),
      },
    },
    transport: simTransport(gate, remote, clone),
    branch,
    allowRewrite,
    log,
  };
  let suspect = clone.damaged;

  function remake(): void {
    log?.warn({}, 'the local clone was damaged and is created again');
    clone.remake();
    suspect = false;
  }
  if (suspect) remake();

  /** A commit of the clone; an unexpectedly missing one makes the clone suspect. */
  function commitAt(sha: CommitSha): SimCommit {
    const commit = clone.commits.get(sha);
    if (commit === undefined) {
      suspect = true;
      throw missing(`The commit ${sha}`);
    }
    return commit;
  }

  const look = <T>(site: string, effect: () => T): Promise<T> =>
    gate.call(site, { latencyMs: [0, 0], effect });
  const read = createReads(gate, (oid, maxBytes) => {
    const file = clone.blob(oid);
    if (file === undefined) {
      suspect = true;
      throw missing(`The Git blob ${oid}`);
    }
    const bytes = Buffer.from(file.content ?? '');
    if (maxBytes !== undefined && bytes.length > maxBytes) throw tooLarge(oid, bytes.length, maxBytes);
    return bytes;
  });

  return {
    fetch: (statusBranch, signal) =>
      serial(async () => {
        checkBranchName(statusBranch);
        if (suspect && clone.damaged) remake();
        suspect = false;
        try {
          return await fetchBranches(context, statusBranch, signal);
        } catch (error) {
          if (!isPressluftError(error, errors.cloneIncomplete) || !clone.damaged) throw error;
          remake();
          return await fetchBranches(context, statusBranch, signal);
        }
      }),

    tips: (statusBranch) =>
      look('git.tips', () => ({
        source: clone.refs.get(sourceRef(branch)) ?? null,
        status: clone.refs.get(statusRef(statusBranch)) ?? null,
      })),

    list: (commit, under) => look('git.list', () => filesBelow(commitAt(commit).tree, under)),
    read,
    commitInfo: (commit) => look('git.info', () => commitAt(commit).info),
    signature: (commit) => look('git.signature', () => commitAt(commit).signature),
    resolve: (revision) => look('git.resolve', () => resolveIn(clone, branch, revision)),

    log: (from, options) =>
      look('git.log', () =>
        logOf(clone.commits, commitAt(from).sha, options)
          .map(({ info }) => info)
          .filter(({ committedAt }) => Date.parse(committedAt) >= (options.since ?? 0)),
      ),

    commitsBetween: (older, newer, limit) =>
      look('git.between', () => stepsBetween(clone.commits, commitAt(older).sha, commitAt(newer).sha, limit)),

    commit: ({ parent, changes, message, at }) =>
      gate.call('git.commit', {
        latencyMs: [0, 0],
        faults: ['disk-full'],
        effect: ({ fault }) => {
          const below = parent === null ? null : commitAt(parent);
          const tree = changeSimTree(below?.tree ?? emptyTree, changes);
          if (fault === 'disk-full' || clone.diskFull) throw noSpace();
          const parents = below === null ? [] : [below];
          const commit = commitOf({ parents, tree, message, author, atMs: at });
          clone.add(commit);
          return commit.sha;
        },
      }),

    push: (target, commit, expected, signal) =>
      serial(() => pushCommit(context, checkBranchName(target), commit, expected, signal)),

    watch: async (onChange) => {
      if (!local) return async () => undefined;
      return await look('git.watch', () => watchRemote(gate, remote, onChange));
    },
  };
}

function watchRemote(gate: Gate, remote: SimRemote, onChange: () => void): () => Promise<void> {
  let watches = true;
  const stop = remote.onUpdate(
    () =>
      void remote.timeline.in(settleMs, 'git.watch', () => {
        if (watches && gate.process.alive) onChange();
      }),
  );
  const end = () => {
    watches = false;
    stop();
  };
  const forget = gate.process.onDeath(end);
  return async () => {
    forget();
    end();
  };
}

function missing(what: string): PressluftError {
  return new PressluftError(errors.cloneIncomplete, `${what} is not in the local clone`, {
    hint: 'Fetch again; the branch may have moved.',
  });
}

function tooLarge(oid: string, sizeBytes: number, maxBytes: number): PressluftError {
  return new PressluftError(
    errors.cloneIncomplete,
    `The Git object ${oid} has ${sizeBytes} bytes; ${maxBytes} are allowed`,
    {
      hint: 'Make the file smaller, or keep it out of the repository.',
      retry: { kind: 'never' },
      details: { oid, sizeBytes, maxBytes },
    },
  );
}

function noSpace(): PressluftError {
  return new PressluftError(errors.diskFull, 'The disk is full: the commit cannot be written', {
    hint: 'Free space on the disk that holds the state directory.',
    cause: diskFull('commit'),
  });
}
