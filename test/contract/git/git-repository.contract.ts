import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createGitRepository, type GitRepositoryOptions } from '../../../src/adapters/git/git-repository.ts';
import type { CommitSha } from '../../../src/fleet/brand.ts';
import type { GitRepository } from '../../../src/ports/git-repository.ts';
import { memoryLog } from '../../support/memory-log.ts';
import { commitOn, git, sha, tipOf } from './fixture.ts';
import type { ContractRemote } from './remotes.ts';
import { startStallingProxy } from './stalling-proxy.ts';

const status = 'pressluft/status';
const missingCommit = sha('1234567890'.repeat(4));

/** What every Git remote must do through {@link GitRepository}, whatever the transport. */
export function gitRepositoryContract(
  name: string,
  makeRemote: () => Promise<ContractRemote>,
  { hasServer }: { readonly hasServer: boolean },
): void {
  describe(`a Git remote over ${name}`, () => {
    let dir: string;
    let remote: ContractRemote;
    let log: ReturnType<typeof memoryLog>;
    let repository: GitRepository;
    let clones = 0;

    beforeAll(async () => {
      dir = await mkdtemp(join(tmpdir(), 'pressluft-git-clone-'));
      remote = await makeRemote();
    });
    afterAll(async () => {
      await remote?.close();
      await rm(dir, { recursive: true, force: true });
    });
    beforeEach(async () => {
      await remote.faults({});
      for (const ref of git(remote.repository, ['for-each-ref', '--format=%(refname)']).split('\n')) {
        if (ref !== '') git(remote.repository, ['update-ref', '-d', ref]);
      }
      log = memoryLog();
      repository = await open();
    });

    async function open(options: Partial<GitRepositoryOptions> = {}): Promise<GitRepository> {
      clones += 1;
      return await createGitRepository({
        dir: join(dir, `clone-${clones}`),
        url: remote.url,
        branch: 'main',
        log,
        timeoutMs: 20_000,
        ...(remote.auth === undefined ? {} : { auth: remote.auth }),
        ...options,
      });
    }

    const currentDir = () => join(dir, `clone-${clones}`);
    const push = (files: Parameters<typeof commitOn>[2]) => commitOn(remote.repository, 'main', files);

    async function record(text: string, parent: CommitSha | null): Promise<CommitSha> {
      const changes = new Map([['status/environment/acme.yaml', text]]);
      return await repository.commit({ parent, changes, message: `status: ${text}`, at: 1_700_000_000_000 });
    }

    it('knows no tips before the first fetch, and both tips after it', async () => {
      expect(await repository.tips(status)).toEqual({ source: null, status: null });
      const main = push({ 'pressluft.yaml': 'a' });
      const records = commitOn(remote.repository, status, { 'status/a.yaml': 'b' }, { parent: null });
      expect(await repository.fetch(status)).toEqual({ source: main, status: records });
      expect(await repository.tips(status)).toEqual({ source: main, status: records });
      expect(await repository.tips('other')).toEqual({ source: main, status: null });
    });

    it('follows a new commit, and reads what it brought', async () => {
      push({ 'pressluft.yaml': 'one' });
      await repository.fetch(status);
      const second = push({ 'pressluft.yaml': 'two', 'sites/acme/site.yaml': 'title: Café\n' });
      expect(await repository.fetch(status)).toEqual({ source: second, status: null });
      const files = await repository.list(second);
      expect(files.map(({ path, kind }) => [path, kind])).toEqual([
        ['pressluft.yaml', 'file'],
        ['sites/acme/site.yaml', 'file'],
      ]);
      expect(Buffer.from(await repository.read(files[1]?.oid ?? '')).toString()).toBe('title: Café\n');
      expect((await repository.list(second, 'sites/acme')).map(({ path }) => path)).toEqual([
        'sites/acme/site.yaml',
      ]);
      expect(await repository.list(second, 'sites/acme/site.yaml')).toHaveLength(1);
      expect(await repository.list(second, 'nothing')).toEqual([]);
    });

    it('does not fetch what it has: a fetch without news leaves the clone as it is', async () => {
      push({ 'pressluft.yaml': 'one' });
      await repository.fetch(status);
      const before = await snapshot(currentDir());
      await repository.fetch(status);
      expect(await snapshot(currentDir())).toEqual(before);
    });

    it('says who committed what and when', async () => {
      const parent = push({ 'a.yaml': '1' });
      const commit = commitOn(
        remote.repository,
        'main',
        { 'a.yaml': '2' },
        { message: 'change\n\nWhy: because' },
      );
      await repository.fetch(status);
      expect(await repository.commitInfo(commit)).toEqual({
        sha: commit,
        parents: [parent],
        message: 'change\n\nWhy: because\n',
        author: 'Dana <dana@example.org>',
        committedAt: '2023-11-14T22:13:20.000Z',
      });
      await expect(repository.commitInfo(missingCommit)).rejects.toMatchObject({ code: 'PL3008' });
    });

    it('lists the commits that changed some paths, newest first', async () => {
      const files = { 'a.yaml': '1', ':(glob)*': 'odd', sub: { content: 'x' } };
      const made = [
        files,
        { ...files, 'a.yaml': '2' },
        { ...files, 'a.yaml': '2', 'b.yaml': '1' },
        { ...files, 'b.yaml': '1' },
        { ...files, 'b.yaml': '1', ':(glob)*': 'changed' },
      ].map((tree, index) => commitOn(remote.repository, 'main', tree, { message: `number ${index}` }));
      const { source } = await repository.fetch(status);
      const log = async (paths: readonly string[], limit = 10, since?: number) =>
        (await repository.log(source, { paths, limit, ...(since === undefined ? {} : { since }) })).map(
          (commit) => made.indexOf(commit.sha),
        );
      expect(await log(['a.yaml'])).toEqual([3, 1, 0]);
      expect(await log(['a.yaml', 'b.yaml'])).toEqual([3, 2, 1, 0]);
      expect(await log(['a.yaml'], 2)).toEqual([3, 1]);
      expect(await log([':(glob)*'])).toEqual([4, 0]);
      expect(await log(['nothing', '--all'])).toEqual([]);
      expect(await log([])).toEqual([]);
      expect(await log(['a.yaml'], 10, 1_700_000_000_000)).toEqual([3, 1, 0]);
      expect(await log(['a.yaml'], 10, 1_700_000_001_000)).toEqual([]);
      const [newest] = await repository.log(source, { paths: ['b.yaml'], limit: 1 });
      expect(newest).toMatchObject({ author: 'Dana <dana@example.org>', message: 'number 2\n' });
    });

    it('resolves branches, tags, abbreviations and ancestors, and nothing else', async () => {
      const first = push({ 'a.yaml': '1' });
      git(remote.repository, ['tag', 'v1', first]);
      git(remote.repository, ['tag', '-a', '-m', 'two', 'v2', first]);
      const second = push({ 'a.yaml': '2' });
      await repository.fetch(status);
      for (const [revision, commit] of [
        ['main', second],
        ['HEAD', second],
        ['refs/heads/main', second],
        ['main~1', first],
        ['v1', first],
        ['v2', first],
        [first, first],
        [first.slice(0, 12), first],
        ['nothing', null],
        [missingCommit, null],
        ['main:a.yaml', null],
        ['--all', null],
        ['', null],
      ] as const) {
        expect(await repository.resolve(revision), revision).toBe(commit);
      }
    });

    it('reports a rewritten branch with both commits and goes on following the old one', async () => {
      const base = push({ 'a.yaml': '1' });
      const followed = push({ 'a.yaml': '2' });
      await repository.fetch(status);
      const rewritten = commitOn(remote.repository, 'main', { 'a.yaml': '3' }, { parent: base });
      for (let attempt = 0; attempt < 2; attempt += 1) {
        const error = await repository.fetch(status).catch((thrown: unknown) => thrown);
        expect(error).toMatchObject({ code: 'PL3004' });
        expect(String(error)).toContain(followed);
        expect(String(error)).toContain(rewritten);
      }
      expect((await repository.tips(status)).source).toBe(followed);
      expect(await repository.list(followed)).toHaveLength(1);

      const lenient = await createGitRepository({
        dir: currentDir(),
        url: remote.url,
        branch: 'main',
        log,
        allowRewrite: true,
        ...(remote.auth === undefined ? {} : { auth: remote.auth }),
      });
      expect((await lenient.fetch(status)).source).toBe(rewritten);
      expect(
        log.lines.some(({ message }) => message === 'the source branch was rewritten and is followed'),
      ).toBe(true);
    });

    it('keeps the old records when the status branch was rewritten, and says so', async () => {
      push({ 'a.yaml': '1' });
      const old = commitOn(remote.repository, status, { 'status/a.yaml': '1' }, { parent: null });
      await repository.fetch(status);
      const now = commitOn(remote.repository, status, { 'status/a.yaml': '2' }, { parent: null });
      expect((await repository.fetch(status)).status).toBe(now);
      expect(git(currentDir(), ['rev-parse', `refs/pressluft/lost/${old}`])).toBe(old);
      expect(
        log.lines.some(
          ({ level, message }) => level === 'warn' && message.includes('status branch was rewritten'),
        ),
      ).toBe(true);
      git(remote.repository, ['update-ref', '-d', `refs/heads/${status}`]);
      expect((await repository.fetch(status)).status).toBeNull();
      expect(await repository.commitInfo(now)).toMatchObject({ sha: now });
    });

    it('tells a missing branch from an empty repository', async () => {
      await expect(repository.fetch(status)).rejects.toMatchObject({
        code: 'PL3005',
        message: expect.stringContaining('empty'),
        hint: expect.stringContaining('push'),
      });
      commitOn(remote.repository, 'develop', { 'a.yaml': '1' });
      await expect(repository.fetch(status)).rejects.toMatchObject({
        code: 'PL3005',
        message: 'The repository has no branch main',
        hint: expect.stringContaining('develop'),
      });
    });

    it('makes the status branch with its first push and moves it with the next', async () => {
      push({ 'a.yaml': '1' });
      await repository.fetch(status);
      const first = await record('Ready', null);
      expect(tipOf(remote.repository, status)).toBeNull();
      await repository.push(status, first, null);
      expect(tipOf(remote.repository, status)).toBe(first);
      expect((await repository.tips(status)).status).toBe(first);

      const second = await record('Stalled', first);
      await repository.push(status, second, first);
      expect(tipOf(remote.repository, status)).toBe(second);
      expect((await repository.fetch(status)).status).toBe(second);
      expect(git(remote.repository, ['log', '--format=%an <%ae> %aI %P|%s', second]).split('\n')).toEqual([
        `Pressluft <pressluft@localhost> 2023-11-14T22:13:20+00:00 ${first}|status: Stalled`,
        'Pressluft <pressluft@localhost> 2023-11-14T22:13:20+00:00 |status: Ready',
      ]);
      expect(git(remote.repository, ['fsck', '--strict', '--no-dangling'])).toBe('');
    });

    it('pushes on top of records that another clone wrote', async () => {
      push({ 'a.yaml': '1' });
      await repository.fetch(status);
      const first = await record('Ready', null);
      await repository.push(status, first, null);
      repository = await open();
      await repository.fetch(status);
      const second = await record('Stalled', first);
      await repository.push(status, second, first);
      expect(git(remote.repository, ['show', `${status}:status/environment/acme.yaml`])).toBe('Stalled');
    });

    it('rejects a push when somebody else pushed, and changes nothing', async () => {
      push({ 'a.yaml': '1' });
      await repository.fetch(status);
      const first = await record('Ready', null);
      await repository.push(status, first, null);
      const theirs = commitOn(remote.repository, status, { 'status/x.yaml': 'theirs' });
      const ours = await record('Stalled', first);
      await expect(repository.push(status, ours, first)).rejects.toMatchObject({
        code: 'PL3006',
        message: expect.stringContaining(theirs),
      });
      await expect(repository.push(status, await record('x', null), null)).rejects.toMatchObject({
        code: 'PL3006',
      });
      expect(tipOf(remote.repository, status)).toBe(theirs);

      await repository.fetch(status);
      const again = await record('Stalled', theirs);
      await repository.push(status, again, theirs);
      expect(tipOf(remote.repository, status)).toBe(again);
    });

    it('never rewinds or replaces a branch, even where the server would allow it', async () => {
      push({ 'a.yaml': '1' });
      await repository.fetch(status);
      const first = await record('Ready', null);
      await repository.push(status, first, null);
      const second = await record('Stalled', first);
      await repository.push(status, second, first);
      await expect(repository.push(status, first, second)).rejects.toMatchObject({ code: 'PL3006' });
      await expect(repository.push(status, await record('other', null), second)).rejects.toMatchObject({
        code: 'PL3006',
      });
      expect(tipOf(remote.repository, status)).toBe(second);
    });

    it('takes a push for done when the reply was lost and the remote has the commit', async () => {
      push({ 'a.yaml': '1' });
      await repository.fetch(status);
      const commit = await record('Ready', null);
      await remote.faults({ loseReplies: 1 });
      await repository.push(status, commit, null);
      expect(tipOf(remote.repository, status)).toBe(commit);
      expect(log.lines.some(({ message }) => message.includes('reply to a push was lost'))).toBe(true);
    });

    it('takes a push for done that an earlier life of this process had made', async () => {
      push({ 'a.yaml': '1' });
      await repository.fetch(status);
      const commit = await record('Ready', null);
      await repository.push(status, commit, null);
      await repository.push(status, commit, null);
      expect(tipOf(remote.repository, status)).toBe(commit);
    });

    it('reports a push that the server refuses for its own reasons, with its words', async () => {
      push({ 'a.yaml': '1' });
      await repository.fetch(status);
      await remote.faults({ rejectPushes: 1 });
      const commit = await record('Ready', null);
      const error = await repository.push(status, commit, null).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({
        code: 'PL3009',
        message: expect.stringContaining('pre-receive hook declined'),
      });
      expect(tipOf(remote.repository, status)).toBeNull();
      await repository.push(status, commit, null);
    });

    it('refuses a large blob by its size, and reads it when that is allowed', async () => {
      const big = Buffer.alloc(5 * 1_048_576, 'x');
      const commit = push({ 'big.bin': { content: big }, 'small.yaml': 'ok' });
      await repository.fetch(status);
      const [large, small] = await repository.list(commit);
      const attempts = [1_048_576, 5 * 1_048_576 - 1].map((limit) =>
        repository.read(large?.oid ?? '', limit),
      );
      const between = repository.read(small?.oid ?? '', 1_048_576);
      for (const attempt of attempts) {
        await expect(attempt).rejects.toMatchObject({
          code: 'PL3008',
          message: expect.stringContaining('5242880'),
        });
      }
      expect(Buffer.from(await between).toString()).toBe('ok');
      expect((await repository.read(large?.oid ?? '', 5 * 1_048_576)).byteLength).toBe(big.length);
      await expect(repository.read(missingCommit)).rejects.toMatchObject({ code: 'PL3008' });
      await expect(repository.read('HEAD')).rejects.toMatchObject({ code: 'PL3008' });
      await expect(repository.read(commit)).rejects.toMatchObject({ code: 'PL3008' });
    });

    it('lists symlinks and submodules by their kind, and never follows them', async () => {
      const commit = push({
        'a.yaml': 'ok',
        link: { mode: '120000', content: '/etc/passwd' },
        'vendor/sub': { mode: '160000', oid: missingCommit },
      });
      await repository.fetch(status);
      expect((await repository.list(commit)).map(({ path, kind }) => [path, kind])).toEqual([
        ['a.yaml', 'file'],
        ['link', 'symlink'],
        ['vendor/sub', 'submodule'],
      ]);
      expect(await repository.list(commit, 'link/etc')).toEqual([]);
      expect(await repository.list(commit, 'vendor/sub/x')).toEqual([]);
    });

    it('stops when it is aborted, and works again afterwards', async () => {
      push({ 'a.yaml': '1' });
      await expect(repository.fetch(status, AbortSignal.abort())).rejects.toMatchObject({ code: 'PL3015' });
      await expect(repository.push(status, missingCommit, null, AbortSignal.abort())).rejects.toMatchObject({
        code: 'PL3015',
      });
      await repository.fetch(status);
    });

    it('survives being ended at any time: what an interrupted git left is removed', async () => {
      const commit = push({ 'a.yaml': '1' });
      await repository.fetch(status);
      await leaveDebris(currentDir());
      const second = push({ 'a.yaml': '2' });
      const reopened = await createGitRepository({
        dir: currentDir(),
        url: remote.url,
        branch: 'main',
        log,
        ...(remote.auth === undefined ? {} : { auth: remote.auth }),
      });
      expect(await reopened.tips(status)).toEqual({ source: commit, status: null });
      expect((await reopened.fetch(status)).source).toBe(second);
    });

    it('keeps credentials out of the clone, the log and errors', async () => {
      push({ 'a.yaml': '1' });
      await repository.fetch(status);
      const texts = [JSON.stringify(log.lines), ...(await filesBelow(currentDir()))];
      for (const secret of [
        'correct horse',
        'correct%20horse',
        Buffer.from('pressluft:correct').toString('base64').slice(0, 18),
      ]) {
        expect(texts.filter((text) => text.includes(secret))).toEqual([]);
      }
    });

    describe.runIf(hasServer)('when it cannot be reached', () => {
      it('says so within its time when nothing listens', async () => {
        const unreachable = await open({ url: remote.at?.(1) ?? '' });
        await expect(unreachable.fetch(status)).rejects.toMatchObject({
          code: 'PL3002',
          hint: expect.any(String),
        });
      });

      it('gives up on a server that stops talking, and on an abort while it waits', async () => {
        push({ 'a.yaml': 'x'.repeat(100), 'big.bin': { content: randomish(400_000) } });
        for (const bytes of [0, 20_000]) {
          const proxy = await startStallingProxy(remote.port ?? 0, bytes);
          try {
            const slow = await open({
              url: remote.at?.(proxy.port) ?? '',
              timeoutMs: 1500,
              idleTimeoutMs: 1000,
            });
            const startedAt = performance.now();
            await expect(slow.fetch(status)).rejects.toMatchObject({ code: 'PL3002' });
            expect(performance.now() - startedAt).toBeLessThan(4500);

            const abort = new AbortController();
            const hanging = await open({
              url: remote.at?.(proxy.port) ?? '',
              timeoutMs: 60_000,
              idleTimeoutMs: 60_000,
            });
            const fetching = hanging.fetch(status, abort.signal);
            await Promise.race([proxy.stalled, sleep(500)]);
            abort.abort();
            await expect(fetching).rejects.toMatchObject({ code: 'PL3015' });
            expect((await hanging.tips(status)).source).toBeNull();
            expect(await readdir(join(currentDir(), 'objects/pack'))).toEqual([]);
          } finally {
            await proxy.close();
          }
        }
      });

      it('says when the credentials are refused, and recovers with the right ones', async () => {
        push({ 'a.yaml': '1' });
        const stranger = await open(remote.wrongAuth && { auth: remote.wrongAuth });
        const error = await stranger.fetch(status).catch((thrown: unknown) => thrown);
        expect(error).toMatchObject({ code: 'PL3003', hint: expect.any(String) });
        expect(JSON.stringify(error) + String(error)).not.toContain('wrong-password');
        await repository.fetch(status);
        await expect(stranger.push(status, await record('Ready', null), null)).rejects.toMatchObject({
          code: expect.stringMatching(/PL300[39]/),
        });
        expect(tipOf(remote.repository, status)).toBeNull();
      });
    });
  });
}

/** Neither compressible nor random: the same in every run. */
function randomish(sizeBytes: number): Buffer {
  const bytes = Buffer.alloc(sizeBytes);
  let state = 42;
  for (let index = 0; index < sizeBytes; index += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[index] = state >>> 24;
  }
  return bytes;
}

async function snapshot(dir: string): Promise<readonly string[]> {
  return (await readdir(dir, { recursive: true })).sort();
}

async function filesBelow(dir: string): Promise<readonly string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return await Promise.all(
    files.map(async (entry) => (await readFile(join(entry.parentPath, entry.name))).toString('latin1')),
  );
}

async function leaveDebris(dir: string): Promise<void> {
  const { mkdir, utimes, writeFile } = await import('node:fs/promises');
  const old = new Date(Date.now() - 60_000);
  await mkdir(join(dir, 'objects/incoming-x1'), { recursive: true });
  for (const name of [
    'packed-refs.lock',
    'config.lock',
    'HEAD.lock',
    'refs/pressluft/source/main.lock',
    'refs/pressluft/incoming/main.lock',
    'objects/pack/tmp_pack_abc',
    'objects/incoming-x1',
  ]) {
    const path = join(dir, name);
    if (!name.startsWith('objects/incoming')) await writeFile(path, 'half');
    await utimes(path, old, old);
  }
}
