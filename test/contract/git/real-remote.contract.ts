import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createGitRepository, type GitRepositoryOptions } from '../../../src/adapters/git/git-repository.ts';
import { errors } from '../../../src/fleet/error-catalogue.ts';
import type { GitRepository } from '../../../src/ports/git-repository.ts';
import { memoryLog } from '../../support/memory-log.ts';
import { commitOn, git } from './fixture.ts';
import type { RealRemote } from './remotes.ts';
import { startStallingProxy } from './stalling-proxy.ts';

const status = 'pressluft/status';

/** Properties that only a real remote and a real disk can show, for any transport. */
export function realRemoteContract(
  name: string,
  makeRemote: () => Promise<RealRemote>,
  { hasServer }: { readonly hasServer: boolean },
): void {
  describe(`a real Git remote over ${name}`, () => {
    let dir: string;
    let remote: RealRemote;
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
      for (const ref of git(remote.repository, ['for-each-ref', '--format=%(refname)']).split('\n')) {
        if (ref !== '') git(remote.repository, ['update-ref', '-d', ref]);
      }
      log = memoryLog();
      repository = await open();
    });

    async function open(options: Partial<GitRepositoryOptions> = {}): Promise<GitRepository> {
      if (options.dir === undefined) clones += 1;
      return await createGitRepository({
        dir: currentDir(),
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

    it('does not fetch existing objects: a fetch without new commits leaves the clone unchanged', async () => {
      push({ 'pressluft.yaml': 'one' });
      await repository.fetch(status);
      const before = await snapshot(currentDir());
      await repository.fetch(status);
      expect(await snapshot(currentDir())).toEqual(before);
    });

    it('survives an end at any time: leftovers of an interrupted git are removed', async () => {
      const commit = push({ 'a.yaml': '1' });
      await repository.fetch(status);
      await leaveDebris(currentDir());
      const second = push({ 'a.yaml': '2' });
      const reopened = await open({ dir: currentDir() });
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
      it('reports an error in time when nothing listens', async () => {
        const unreachable = await open({ url: remote.at?.(1) ?? '' });
        await expect(unreachable.fetch(status)).rejects.toMatchObject({
          code: errors.remoteUnreachable,
          hint: expect.any(String),
        });
      });

      it('fails on a server that stops responding, and on an abort while it waits', async () => {
        push({ 'a.yaml': 'x'.repeat(100), 'big.bin': { content: randomish(400_000) } });
        for (const bytes of [0, 20_000]) {
          const proxy = await startStallingProxy(remote.port ?? 0, bytes);
          try {
            const slow = await open({
              url: remote.at?.(proxy.port) ?? '',
              timeoutMs: 1500,
              idleTimeoutMs: 1000,
            });
            await expect(slow.fetch(status)).rejects.toMatchObject({ code: errors.remoteUnreachable });

            const abort = new AbortController();
            const hanging = await open({
              url: remote.at?.(proxy.port) ?? '',
              timeoutMs: 60_000,
              idleTimeoutMs: 60_000,
            });
            const fetching = hanging.fetch(status, abort.signal);
            await Promise.race([proxy.stalled, sleep(500)]);
            abort.abort();
            await expect(fetching).rejects.toMatchObject({ code: errors.cancelled });
            expect((await hanging.tips(status)).source).toBeNull();
            expect(await readdir(join(currentDir(), 'objects/pack'))).toEqual([]);
          } finally {
            await proxy.close();
          }
        }
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
