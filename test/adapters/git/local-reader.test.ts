import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openLocalReader } from '../../../src/adapters/git/local-reader.ts';
import { errors } from '../../../src/fleet/error-catalogue.ts';
import { type LocalRepository, localRepository } from '../../support/local-repository.ts';

const status = 'pressluft/status';
let repository: LocalRepository;
let work: string;
beforeEach(async () => {
  repository = await localRepository();
  work = join(repository.dir, 'work');
});
afterEach(() => repository.remove());

const run = promisify(execFile);

/** Opens, asks, closes. */
async function look<T>(
  path: string,
  ask: (git: Awaited<ReturnType<typeof openLocalReader>>) => Promise<T>,
  branch?: string,
): Promise<T> {
  const git = await openLocalReader({ path, branch });
  try {
    return await ask(git);
  } finally {
    git.close();
  }
}

test('a work tree, a directory in it, a linked work tree and a bare repository are read alike', async () => {
  const commit = await repository.commit({ 'nodes/web-1.yaml': 'kind: Node\n' });
  await repository.git('worktree', 'add', '--quiet', '--detach', join(repository.dir, 'linked'));
  for (const path of [work, join(work, 'nodes'), join(repository.dir, 'linked'), repository.url]) {
    const seen = await look(path, async (git) => {
      const { source } = await git.fetch(status);
      const [file] = await git.list(source);
      return { source, path: file?.path, text: new TextDecoder().decode(await git.read(file?.oid ?? '')) };
    });
    expect(seen, path).toEqual({ source: commit, path: 'nodes/web-1.yaml', text: 'kind: Node\n' });
  }
});

test('the newer of a branch and its last fetch counts, and so does a branch that was only fetched', async () => {
  const old = await repository.commit({ a: '1' });
  await repository.git('branch', 'feature');
  const fetched = await repository.commit({ a: '2' }, 'newer', 'feature');
  await repository.git('fetch', '--quiet', 'origin');
  await repository.git('push', '--quiet', 'origin', `${fetched}:refs/heads/${status}`);
  await repository.git('fetch', '--quiet', 'origin');
  await look(work, async (git) => {
    expect(await git.resolve('feature')).toBe(old);
    expect((await git.tips(status)).status).toBe(fetched);
    expect(await git.resolve('origin/feature')).toBe(fetched);
    expect(await git.resolve('HEAD~1')).toBe(old);
  });
  expect(await look(work, (git) => git.tips(status), 'feature')).toMatchObject({ source: fetched });
});

test('a text that is not a revision resolves to null, even when it looks like an option', async () => {
  await repository.commit({ a: '1' });
  await look(work, async (git) => {
    for (const text of ['--all', '-x', 'nobody', '', 'a b', 'main:a', 'f'.repeat(40), '../x'])
      expect(await git.resolve(text), text).toBeNull();
  });
});

test('a checkout of another user can be read, and none of its hooks and settings are run', async () => {
  await repository.commit({ a: '1' });
  await repository.git('config', 'core.fsmonitor', `touch ${join(repository.dir, 'ran')}; false`);
  if (process.getuid?.() === 0) await run('chown', ['-R', '65534', work]);
  expect((await look(work, (git) => git.fetch(status))).source).toMatch(/^[0-9a-f]{40}$/);
  await expect(run('test', ['-e', join(repository.dir, 'ran')])).rejects.toThrow();
});

test('a directory that is not a repository is refused, and the error for a commit that a shallow clone lacks gives the reason', async () => {
  await expect(openLocalReader({ path: '/proc' })).rejects.toMatchObject({ code: errors.settingInvalid });
  const first = await repository.commit({ a: '1' });
  await repository.commit({ a: '2' });
  const shallow = join(repository.dir, 'shallow');
  await run('git', ['clone', '--quiet', '--depth', '1', `file://${repository.url}`, shallow]);
  await look(shallow, async (git) => {
    await expect(git.commitInfo(first as never)).rejects.toMatchObject({
      code: errors.cloneIncomplete,
      hint: expect.stringContaining('unshallow'),
    });
  });
});
