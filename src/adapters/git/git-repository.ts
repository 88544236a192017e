import { join, resolve as resolvePath } from 'node:path';
import { type CommitSha, parseCommitSha } from '../../fleet/brand.ts';
import { errors } from '../../fleet/error-catalogue.ts';
import { isPressluftError, PressluftError } from '../../fleet/errors.ts';
import type { GitRepository } from '../../ports/git-repository.ts';
import type { Log } from '../../ports/log.ts';
import type { GitAuth, HttpCredentials } from './auth.ts';
import { createBinaryTransport } from './binary-transport.ts';
import { checkBranchName } from './branch-name.ts';
import { type Clone, type CloneOptions, openClone, replaceClone } from './clone.ts';
import { type FetchContext, type Fetched, fetchBranches } from './fetch-branches.ts';
import { createHttpTransport } from './http-transport.ts';
import { isIntact, isReadable, removePartialPacks } from './local-clone.ts';
import { maintain } from './maintenance.ts';
import { commitOf, readObjects } from './object-database.ts';
import { pushCommit } from './push-commit.ts';
import { createRedactor, type Redactor } from './redact.ts';
import { incomingRef, sourceRef, statusRef, tagRef } from './refs.ts';
import { parseRemoteUrl, type RemoteUrl } from './remote-url.ts';
import { createSerial } from './serial.ts';
import { sshCommand } from './ssh-command.ts';
import type { Transport } from './transport.ts';
import { changeTree } from './tree-change.ts';
import { watchRefs } from './watch-refs.ts';

export interface GitRepositoryOptions {
  /** Directory of the bare clone; created when absent. The caller makes sure that no other process uses it. */
  readonly dir: string;
  /** `http(s)://…`, `ssh://…`, `user@host:path`, a file URL or an absolute path. */
  readonly url: string;
  /** The source branch. */
  readonly branch: string;
  readonly auth?: GitAuth;
  /** Follow a rewritten source branch instead of throwing PL3004. */
  readonly allowRewrite?: boolean;
  /**
   * Whether commits must be signed now. If so, a rewritten source branch is followed too: before a commit is applied it is checked to
   * descend from the applied one. The previous tip is kept.
   */
  readonly signed?: () => boolean;
  readonly author?: { readonly name: string; readonly email: string };
  readonly log?: Log;
  /** A whole fetch or push; default 300 s. */
  readonly timeoutMs?: number;
  /** Limit without a byte from the server (HTTP), or until connected (SSH); default 20 s. */
  readonly idleTimeoutMs?: number;
  /** The largest pack that is accepted; default 1 GiB. */
  readonly maxPackBytes?: number;
}

const defaultAuthor = { name: 'Pressluft', email: 'pressluft@localhost' };

/** Opens (or creates) the local clone, without the network. Throws PL2002 for a URL, branch or SSH key that cannot be used. */
export async function createGitRepository(options: GitRepositoryOptions): Promise<GitRepository> {
  const { log } = options;
  const branch = checkBranchName(options.branch);
  const remote = parseRemoteUrl(options.url);
  const redactor = createRedactor();
  const cloneOptions: CloneOptions = { dir: resolvePath(options.dir), remote, redactor, log };
  let clone = await openClone(cloneOptions, Date.now());
  const serial = createSerial();

  function context(): FetchContext {
    const transport = createTransport(clone, remote, options, redactor);
    const { allowRewrite = false, signed = () => false } = options;
    return { clone, transport, branch, allowRewrite, signed: signed(), log };
  }

  async function replace(): Promise<void> {
    clone.reader.close();
    clone = await replaceClone(cloneOptions, clone.refs);
  }

  async function isDamaged(): Promise<boolean> {
    switch (clone.health()) {
      case 'good':
        return false;
      case 'corrupt':
        return true;
      case 'suspect':
        if (!(await isIntact(clone.git, clone.refs.tips()))) return true;
        clone.clear();
        return false;
    }
  }

  async function fetchOrHeal(statusBranch: string, signal: AbortSignal | undefined): Promise<Fetched> {
    try {
      return await fetchBranches(context(), statusBranch, signal);
    } catch (error) {
      await removePartialPacks(clone.git.dir);
      // The remote may be damaged instead: a new clone would not help then.
      if (!isPressluftError(error, errors.cloneIncomplete) || (await isIntact(clone.git, clone.refs.tips())))
        throw error;
      await replace();
      return await fetchBranches(context(), statusBranch, signal);
    }
  }

  const reads = readObjects(
    () => clone,
    missing,
    () => clone.suspect(),
  );

  return {
    fetch: (statusBranch, signal) =>
      serial(async () => {
        checkBranchName(statusBranch);
        if (await isDamaged()) await replace();
        const fetched = await fetchOrHeal(statusBranch, signal);
        await maintain(clone.git, log);
        return fetched;
      }),

    async tips(statusBranch) {
      return { source: clone.refs.get(sourceRef(branch)), status: clone.refs.get(statusRef(statusBranch)) };
    },

    ...reads,

    resolve: (revision) => resolveRevision(clone, branch, revision),

    async commit({ parent, changes, message, at }) {
      const { trees, writer } = clone;
      const tree = parent === null ? null : await trees.treeOf(parent);
      const written = await writer.commit({
        tree: await changeTree(tree, changes, trees.entries, writer),
        parent,
        message,
        author: { ...(options.author ?? defaultAuthor), timestamp: Math.floor(at / 1000) },
      });
      const commit = parseCommitSha(written);
      if (commit === undefined)
        throw new PressluftError(errors.internal, 'isomorphic-git returned no commit id');
      return commit;
    },

    push: (target, commit, expected, signal) =>
      serial(async () => {
        try {
          await pushCommit(context(), checkBranchName(target), commit, expected, signal);
        } catch (error) {
          // No ref points to the new commit yet, so no other check would find the damage.
          if (isPressluftError(error, errors.cloneIncomplete) && !(await isReadable(clone.git)))
            clone.corrupt();
          throw error;
        }
      }),

    async watch(onChange) {
      if (remote.kind !== 'local') return async () => undefined;
      return await watchRefs(remote.path, log, onChange);
    },
  };
}

function createTransport(
  clone: Clone,
  remote: RemoteUrl,
  options: GitRepositoryOptions,
  redactor: Redactor,
): Transport {
  const { git } = clone;
  const timeoutMs = options.timeoutMs ?? 300_000;
  const idleTimeoutMs = options.idleTimeoutMs ?? 20_000;
  switch (remote.kind) {
    case 'http':
      return createHttpTransport({
        git,
        url: remote.url,
        credentials: () => httpCredentials(options.auth, remote.userInfo),
        redactor,
        timeoutMs,
        idleTimeoutMs,
        maxPackBytes: options.maxPackBytes ?? 1_073_741_824,
      });
    case 'ssh':
      return createBinaryTransport({
        git,
        remote,
        redactor,
        timeoutMs,
        environment: async () => ({
          GIT_SSH_COMMAND: await sshCommand(options.auth, join(git.dir, 'ssh'), idleTimeoutMs),
          GIT_SSH_VARIANT: 'ssh',
        }),
      });
    case 'local':
      return createBinaryTransport({ git, remote, redactor, timeoutMs, environment: async () => ({}) });
  }
}

async function httpCredentials(
  auth: GitAuth | undefined,
  userInfo: HttpCredentials | null,
): Promise<HttpCredentials | null> {
  switch (auth?.kind) {
    case undefined:
      return userInfo;
    case 'token':
      return { username: auth.username ?? 'x-access-token', password: await auth.token() };
    case 'password':
      return { username: auth.username, password: await auth.password() };
    case 'ssh':
      throw new PressluftError(
        errors.settingInvalid,
        'An HTTP remote takes a token or a password, not an SSH key',
      );
  }
}

const plainRevision = /^([\w][\w./+-]*)((?:[~^][0-9]{0,9})*)$/;

async function resolveRevision(clone: Clone, branch: string, revision: string): Promise<CommitSha | null> {
  const [, base = '', steps = ''] = plainRevision.exec(revision) ?? [];
  if (base === '') return null;
  const name = base.replace(/^refs\/(?:heads|tags)\//, '');
  const known =
    name === branch || name === 'HEAD'
      ? clone.refs.get(sourceRef(branch))
      : (clone.refs.get(statusRef(name)) ??
        clone.refs.get(incomingRef(name)) ??
        clone.refs.get(tagRef(name)));
  const start = known ?? (/^[0-9a-f]{4,40}$/i.test(base) ? base : null);
  if (start === null) return null;
  return commitOf(clone.git, `${start}${steps}`);
}

function missing(what: string): PressluftError {
  return new PressluftError(errors.cloneIncomplete, `${what} is not in the local clone`, {
    hint: 'Fetch again; the branch may have moved.',
  });
}
