import { expect, it } from 'vitest';
import type { CommitSha } from '../../../src/fleet/brand.ts';
import { errors } from '../../../src/fleet/error-catalogue.ts';
import { type ContractSetting, missingCommit, status } from './contract-remote.ts';

/** Reading from the clone, without the network. */
export function readContract(setting: () => ContractSetting): void {
  it('reads author, message and time of a commit', async () => {
    const { remote, repository } = setting();
    const parent = remote.commit('main', { 'a.yaml': '1' });
    const commit = remote.commit('main', { 'a.yaml': '2' }, { message: 'change\n\nWhy: because' });
    await repository.fetch(status);
    expect(await repository.commitInfo(commit)).toEqual({
      sha: commit,
      parents: [parent],
      message: 'change\n\nWhy: because\n',
      author: 'Dana <dana@example.org>',
      committedAt: '2023-11-14T22:13:20.000Z',
    });
    expect(await repository.signature(commit)).toEqual({ kind: 'unsigned' });
    await expect(repository.commitInfo(missingCommit)).rejects.toMatchObject({
      code: errors.cloneIncomplete,
    });
    await expect(repository.signature(missingCommit)).rejects.toMatchObject({ code: errors.cloneIncomplete });
    await expect(repository.list(missingCommit)).rejects.toMatchObject({ code: errors.cloneIncomplete });
  });

  it('lists the commits that changed some paths, newest first', async () => {
    const { remote, repository } = setting();
    const files = { 'a.yaml': '1', ':(glob)*': 'odd', sub: 'x' };
    const made = [
      files,
      { ...files, 'a.yaml': '2' },
      { ...files, 'a.yaml': '2', 'b.yaml': '1' },
      { ...files, 'b.yaml': '1' },
      { ...files, 'b.yaml': '1', ':(glob)*': 'changed' },
    ].map((tree, index) => remote.commit('main', tree, { message: `number ${index}` }));
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

  it('follows a merge to the commit that changed a path, and lists the merge only when it changed the path itself', async () => {
    const { remote, repository } = setting();
    const root = remote.commit('main', { 'sites/a': '1', 'sites/b': '1' }, { message: 'root' });
    const left = remote.commit('main', { 'sites/a': '2', 'sites/b': '1' }, { message: 'left' });
    const right = remote.commit('side', { 'sites/a': '1', 'sites/b': '2' }, { parents: [root] });
    const merge = remote.commit('main', { 'sites/a': '2', 'sites/b': '2' }, { parents: [left, right] });
    const evil = remote.commit('main', { 'sites/a': '3', 'sites/b': '1' }, { parents: [merge, right] });
    const { source } = await repository.fetch(status);
    const log = async (...paths: string[]) =>
      (await repository.log(source, { paths, limit: 10 })).map(({ sha }) => sha);
    expect(await log('sites/a')).toEqual([evil, left, root]);
    expect(await log('sites/b')).toEqual([evil, right, root]);
    expect(new Set(await log('sites'))).toEqual(new Set([evil, merge, left, right, root]));
  });

  it('lists the commits that one commit has and another has not, parents before children', async () => {
    const { remote, repository } = setting();
    const root = remote.commit('main', { a: '1' });
    const left = remote.commit('main', { a: '2' });
    const first = remote.commit('side', { b: '1' }, { parents: [root] });
    const second = remote.commit('side', { b: '2' });
    const merge = remote.commit('main', { a: '2', b: '2' }, { parents: [left, second] });
    await repository.fetch(status);
    const between = async (older: CommitSha, newer: CommitSha, limit = 10) =>
      (await repository.commitsBetween(older, newer, limit)).map(({ sha }) => sha);
    const all = await between(root, merge);
    expect(new Set(all)).toEqual(new Set([left, first, second, merge]));
    expect(all.indexOf(first)).toBeLessThan(all.indexOf(second));
    expect(all.at(-1)).toBe(merge);
    expect(await between(left, merge)).toEqual([first, second, merge]);
    expect(await between(left, merge, 2)).toEqual([second, merge]);
    expect(await between(second, left)).toEqual([left]);
    expect(await between(merge, root)).toEqual([]);
    expect(await between(merge, merge)).toEqual([]);
    expect(await repository.commitsBetween(left, merge, 1)).toEqual([
      { sha: merge, parents: [left, second] },
    ]);
    await expect(between(missingCommit, merge)).rejects.toMatchObject({ code: errors.cloneIncomplete });
    await expect(between(root, missingCommit)).rejects.toMatchObject({ code: errors.cloneIncomplete });
  });

  it('resolves branches, tags, abbreviations and ancestors, and nothing else', async () => {
    const { remote, repository } = setting();
    const first = remote.commit('main', { 'a.yaml': '1' });
    remote.tag('v1', first, false);
    remote.tag('v2', first, true);
    const side = remote.commit('side', { 'a.yaml': 'side' }, { parents: [] });
    const second = remote.commit('main', { 'a.yaml': '2' }, { parents: [first, side] });
    await repository.fetch(status);
    for (const [revision, commit] of [
      ['main', second],
      ['HEAD', second],
      ['refs/heads/main', second],
      ['main~1', first],
      ['main^', first],
      ['main^2', side],
      ['main^0', second],
      ['main~2', null],
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

  it('refuses a large blob by its size, and reads it when that is allowed', async () => {
    const { remote, repository } = setting();
    const big = 'x'.repeat(5 * 1_048_576);
    const commit = remote.commit('main', { 'big.bin': big, 'small.yaml': 'ok' });
    await repository.fetch(status);
    const [large, small] = await repository.list(commit);
    const attempts = [1_048_576, 5 * 1_048_576 - 1].map((limit) => repository.read(large?.oid ?? '', limit));
    const between = repository.read(small?.oid ?? '', 1_048_576);
    for (const attempt of attempts) {
      await expect(attempt).rejects.toMatchObject({
        code: errors.cloneIncomplete,
        message: expect.stringContaining('5242880'),
      });
    }
    expect(Buffer.from(await between).toString()).toBe('ok');
    expect((await repository.read(large?.oid ?? '', 5 * 1_048_576)).byteLength).toBe(big.length);
    await expect(repository.read(missingCommit)).rejects.toMatchObject({ code: errors.cloneIncomplete });
    await expect(repository.read('HEAD')).rejects.toMatchObject({ code: errors.cloneIncomplete });
    await expect(repository.read(commit)).rejects.toMatchObject({ code: errors.cloneIncomplete });
  });

  it('lists symlinks and submodules by their kind, and never follows them', async () => {
    const { remote, repository } = setting();
    const commit = remote.commit('main', {
      'a.yaml': 'ok',
      link: { link: '/etc/passwd' },
      'vendor/sub': { submodule: missingCommit },
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

  it('changes, adds and deletes files in a commit, and leaves the others unchanged', async () => {
    const { remote, repository } = setting();
    const parent = remote.commit('main', { 'a.yaml': '1', 'dir/b.yaml': '1', 'dir/sub/c.yaml': '1', d: '1' });
    await repository.fetch(status);
    const changes = new Map([
      ['a.yaml', '2'],
      ['dir/sub/c.yaml', null],
      ['dir/gone.yaml', null],
      ['dir', null],
      ['d/e.yaml', 'new'],
    ]);
    const commit = await repository.commit({ parent, changes, message: 'm', at: 1_700_000_000_999 });
    const files = await repository.list(commit);
    expect(files.map(({ path }) => path)).toEqual(['a.yaml', 'd/e.yaml', 'dir/b.yaml']);
    const before = await repository.list(parent, 'dir/b.yaml');
    expect(files.find(({ path }) => path === 'dir/b.yaml')?.oid).toBe(before[0]?.oid);
    expect(await repository.commitInfo(commit)).toEqual({
      sha: commit,
      parents: [parent],
      message: 'm\n',
      author: 'Pressluft <pressluft@localhost>',
      committedAt: '2023-11-14T22:13:20.000Z',
    });
    expect(await repository.commit({ parent, changes, message: 'm', at: 1_700_000_000_000 })).toBe(commit);
    const bad = new Map([['dir/../a', 'x']]);
    await expect(repository.commit({ parent, changes: bad, message: 'm', at: 0 })).rejects.toMatchObject({
      code: errors.gitFailed,
      retry: { kind: 'never' },
    });
    await expect(
      repository.commit({ parent: missingCommit, changes, message: 'm', at: 0 }),
    ).rejects.toMatchObject({ code: errors.cloneIncomplete });
  });
}
