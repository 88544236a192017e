import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createGitRepository } from '../../../src/adapters/git/git-repository.ts';
import type { CommitSha } from '../../../src/fleet/brand.ts';
import type { ContractEntry, ContractRemote, OpenedClone } from './contract-remote.ts';
import { type FixtureEntry, git, makeCommit, sha, tipOf } from './fixture.ts';
import type { RealRemote } from './remotes.ts';

/** A real repository: other users work on it by `git` directly; faults come from hooks and from moving the repository away. */
export async function realContractRemote(make: () => Promise<RealRemote>): Promise<ContractRemote> {
  const remote = await make();
  const { repository } = remote;
  const dir = await mkdtemp(join(tmpdir(), 'pressluft-git-clone-'));
  const dirs = new WeakMap<OpenedClone, string>();
  const hooks = new Map<string, string>();
  let clones = 0;

  /** Adds a script before the existing hook. */
  async function setHook(name: string, script: string): Promise<void> {
    const path = join(repository, 'hooks', name);
    const original = hooks.get(name) ?? (await readFile(path, 'utf8'));
    hooks.set(name, original);
    await writeFile(path, original.replace('#!/bin/sh\n', `#!/bin/sh\n${script}\n`));
    await chmod(path, 0o755);
  }

  async function setReachable(reachable: boolean): Promise<void> {
    const away = `${repository}.away`;
    const [from, to] = reachable ? [away, repository] : [repository, away];
    if (existsSync(from)) await rename(from, to);
    if (!reachable) return;
    for (const [name, script] of hooks) await writeFile(join(repository, 'hooks', name), script);
    hooks.clear();
  }

  const setTip = (branch: string, commit: CommitSha | null) => {
    const ref = `refs/heads/${branch}`;
    git(repository, commit === null ? ['update-ref', '-d', ref] : ['update-ref', ref, commit]);
  };

  return {
    commit(branch, files, options = {}) {
      const tip = tipOf(repository, branch);
      const parents = options.parents ?? (tip === null ? [] : [tip]);
      const entries = Object.entries(files).map(([path, entry]) => [path, fixtureEntry(entry)] as const);
      const message = options.message ?? `commit ${entries.length}`;
      const commit = makeCommit(repository, Object.fromEntries(entries), parents, message);
      setTip(branch, commit);
      return commit;
    },
    tip: (branch) => tipOf(repository, branch),
    setTip,
    tag: (name, commit, annotated) =>
      void git(repository, ['tag', ...(annotated ? ['-a', '-m', name] : []), name, commit]),
    text: (revision, path) => git(repository, ['show', `${revision}:${path}`]),
    history: (branch) => readHistory(repository, branch),
    check() {
      const findings = git(repository, ['fsck', '--strict', '--no-dangling']);
      if (findings !== '') throw new Error(findings);
    },

    async clear() {
      await setReachable(true);
      await remote.setCredentials?.(true);
      await remote.faults({});
      for (const ref of git(repository, ['for-each-ref', '--format=%(refname)']).split('\n')) {
        if (ref !== '') git(repository, ['update-ref', '-d', ref]);
      }
    },

    setReachable,
    ...(remote.setCredentials === undefined ? {} : { setCredentials: remote.setCredentials }),
    refuseNextPush: () => remote.faults({ rejectPushes: 1 }),
    loseNextReply: (andVanish = false) =>
      andVanish
        ? setHook(
            'reference-transaction',
            `[ "$1" = committed ] && mv '${repository}' '${repository}.away' && kill -9 "$PPID"`,
          )
        : remote.faults({ loseReplies: 1 }),
    async overtakeNextPush(branch) {
      const tip = tipOf(repository, branch);
      const rival = makeCommit(
        repository,
        { 'notes.txt': { content: 'note' } },
        tip === null ? [] : [tip],
        'n',
      );
      // A hook may not change refs while the pushed objects are in quarantine, but another process may.
      const free =
        'env -u GIT_QUARANTINE_PATH -u GIT_OBJECT_DIRECTORY -u GIT_ALTERNATE_OBJECT_DIRECTORIES git';
      await setHook('pre-receive', `${free} update-ref 'refs/heads/${branch}' ${rival}`);
    },
    async whileStale(branch, work) {
      const tip = tipOf(repository, branch);
      setTip(branch, sha(git(repository, ['rev-parse', `refs/heads/${branch}~1`])));
      try {
        return await work();
      } finally {
        setTip(branch, tip);
      }
    },

    passTime: (ms) => sleep(ms),
    async open({ allowRewrite = false, log, again } = {}) {
      const clone = (again && dirs.get(again)) ?? join(dir, `clone-${clones++}`);
      const opened: OpenedClone = {
        repository: await createGitRepository({
          dir: clone,
          url: remote.url,
          branch: 'main',
          timeoutMs: 20_000,
          allowRewrite,
          ...(log === undefined ? {} : { log }),
          ...(remote.auth === undefined ? {} : { auth: remote.auth }),
        }),
        kept: () =>
          git(clone, ['for-each-ref', '--format=%(objectname)', 'refs/pressluft/lost/']).split('\n').map(sha),
      };
      dirs.set(opened, clone);
      return opened;
    },
    async close() {
      await setReachable(true);
      await remote.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

function fixtureEntry(entry: ContractEntry): FixtureEntry {
  if (typeof entry === 'string') return { content: entry };
  return 'link' in entry ? { mode: '120000', content: entry.link } : { mode: '160000', oid: entry.submodule };
}

function readHistory(repository: string, branch: string): ReturnType<ContractRemote['history']> {
  const format = '--format=%H%x1f%P%x1f%B%x1f%an <%ae>%x1f%ct%x1e';
  const text = git(repository, ['log', '--first-parent', format, `refs/heads/${branch}`, '--']);
  return text.split('\x1e').flatMap((line) => {
    const [commit = '', parents = '', message = '', author = '', seconds = ''] = line.trim().split('\x1f');
    if (commit === '') return [];
    return {
      sha: sha(commit),
      parents: parents.split(' ').filter(Boolean).map(sha),
      message: `${message.trimEnd()}\n`,
      author,
      committedAt: new Date(Number(seconds) * 1000).toISOString(),
    };
  });
}
