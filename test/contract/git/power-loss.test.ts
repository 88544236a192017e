import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createGitRepository } from '../../../src/adapters/git/git-repository.ts';
import type { CommitSha } from '../../../src/fleet/brand.ts';
import { errors } from '../../../src/fleet/error-catalogue.ts';
import { memoryLog } from '../../support/memory-log.ts';
import { recordIn, status } from './contract-remote.ts';
import { commitOn, git } from './fixture.ts';
import { localRemote, type RealRemote } from './remotes.ts';

describe('a clone whose disk lost the last writes', () => {
  let dir: string;
  let clone: string;
  let remote: RealRemote;
  let log: ReturnType<typeof memoryLog>;
  let followed: CommitSha;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'pressluft-git-power-'));
    clone = join(dir, 'clone');
    remote = await localRemote();
    log = memoryLog();
    commitOn(remote.repository, 'main', { 'a.yaml': '1' });
    followed = commitOn(remote.repository, 'main', { 'a.yaml': '2' });
    await (await open()).fetch(status);
  });
  afterEach(async () => {
    await remote.close();
    await rm(dir, { recursive: true, force: true });
  });

  const open = (url = remote.url) => createGitRepository({ dir: clone, url, branch: 'main', log });
  const rewrite = () => commitOn(remote.repository, 'main', { 'a.yaml': 'other' }, { parent: null });
  const looseRef = (name: string) => join(clone, 'refs/pressluft', name);
  const next = () => commitOn(remote.repository, 'main', { 'a.yaml': '3' });

  it.each(['source/main', 'incoming/main'])('continues when the ref %s is empty', async (name) => {
    await writeFile(looseRef(name), '');
    const tip = next();
    const repository = await open();
    expect((await repository.fetch(status)).source).toBe(tip);
    expect(git(clone, ['for-each-ref', '--format=%(objectname)', `refs/pressluft/${name}`])).toBe(tip);
  });

  it('continues when the objects of a pushed commit are empty', async () => {
    const repository = await open();
    const commit = await recordIn(repository, 'Ready', null);
    await repository.push(status, commit, null);
    const object = join(clone, 'objects', commit.slice(0, 2), commit.slice(2));
    await rm(object);
    await writeFile(object, '');
    const again = await open();
    expect(await again.fetch(status)).toEqual({ source: followed, status: commit });
    expect(await again.commitInfo(commit)).toMatchObject({ message: 'status: Ready\n' });
    const second = await recordIn(again, 'Stalled', commit);
    await again.push(status, second, commit);
  });

  it('continues when an object of an unpushed commit is empty, and the same commit is created again', async () => {
    const repository = await open();
    const commit = await recordIn(repository, 'Ready', null);
    for (const oid of git(clone, ['rev-list', '--objects', commit])
      .split('\n')
      .map((line) => line.slice(0, 40))) {
      const object = join(clone, 'objects', oid.slice(0, 2), oid.slice(2));
      await rm(object);
      await writeFile(object, '');
    }
    const again = await open();
    await again.fetch(status);
    const same = await recordIn(again, 'Ready', null);
    await expect(again.push(status, same, null)).rejects.toMatchObject({ code: errors.cloneIncomplete });
    expect(await again.fetch(status)).toEqual({ source: followed, status: null });
    await again.push(status, await recordIn(again, 'Ready', null), null);
    expect(git(remote.repository, ['show', `${status}:status/environment/acme.yaml`])).toBe('Ready');
  });

  it('remembers the followed tip when the process ends right after the clone was replaced', async () => {
    await rm(join(clone, 'objects'), { recursive: true });
    const unreachable = await open(join(dir, 'nothing'));
    await expect(unreachable.fetch(status)).rejects.toMatchObject({ code: errors.remoteUnreachable });
    rewrite();
    await expect((await open()).fetch(status)).rejects.toMatchObject({ code: errors.branchRewritten });
  });

  it.each([
    ['the ref of the source branch is empty', async () => writeFile(looseRef('source/main'), '')],
    ['there is no HEAD', async () => rm(join(clone, 'HEAD'))],
    ['the configuration is broken', async () => writeFile(join(clone, 'config'), '[core\n')],
    ['the clone is gone', async () => rm(clone, { recursive: true })],
  ])('does not follow a rewritten branch when %s', async (_, damage) => {
    await damage();
    rewrite();
    const repository = await open();
    for (let attempt = 0; attempt < 2; attempt += 1) {
      await expect(repository.fetch(status)).rejects.toMatchObject({
        code: errors.branchRewritten,
        message: expect.stringContaining(followed),
      });
    }
  });

  it('follows a rewritten branch when configured so, also later', async () => {
    const rewritten = rewrite();
    const lenient = await createGitRepository({
      dir: clone,
      url: remote.url,
      branch: 'main',
      allowRewrite: true,
      log,
    });
    expect((await lenient.fetch(status)).source).toBe(rewritten);
    await rm(join(clone, 'HEAD'));
    expect((await (await open()).fetch(status)).source).toBe(rewritten);
  });

  it('keeps one small file beside the clone', async () => {
    next();
    await (await open()).fetch(status);
    const [file = ''] = (await readdir(dir)).filter((name) => name !== 'clone');
    expect(await readdir(dir)).toHaveLength(2);
    expect(await readFile(join(dir, file), 'utf8')).toMatch(/^[0-9a-f]{40} refs\/pressluft\/source\/main\n$/);
  });
});
