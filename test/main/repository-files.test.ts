import { afterEach, beforeEach, expect, test } from 'vitest';
import type { CommitSha } from '../../src/fleet/brand.ts';
import { errors } from '../../src/fleet/error-catalogue.ts';
import { repositoryFiles } from '../../src/main/repository-files.ts';
import type { GitRepository, TreeFile } from '../../src/ports/git-repository.ts';
import { memoryGit } from '../support/memory-git.ts';

const { repository, push } = memoryGit();
let commit: CommitSha;
let reads: (number | undefined)[];
beforeEach(() => {
  commit = push({ 'secrets/fleet.sops.yaml': 'content', 'a.yaml': 'x' });
  reads = [];
});
afterEach(() => push({ 'secrets/fleet.sops.yaml': null }));

const kinds: Readonly<Record<string, TreeFile['kind']>> = { 'link.yaml': 'symlink', 'sub.yaml': 'submodule' };
const git: GitRepository = {
  ...repository,
  list: async (at, under) =>
    under !== undefined && Object.hasOwn(kinds, under)
      ? [{ path: under, oid: 'x', kind: kinds[under] ?? 'file' }]
      : repository.list(at, under),
  read: (oid, maxBytes) => {
    reads.push(maxBytes);
    return repository.read(oid, maxBytes);
  },
};

test('a file of the commit is read, up to 1 MiB', async () => {
  const files = repositoryFiles(git, async () => commit);
  expect(new TextDecoder().decode(await files('secrets/fleet.sops.yaml'))).toBe('content');
  expect(reads).toEqual([1024 * 1024]);
});

test('a file that a later commit brought is not there', async () => {
  const files = repositoryFiles(git, async () => commit);
  push({ 'later.yaml': 'x' });
  await expect(files('later.yaml')).rejects.toMatchObject({ code: errors.sopsUnreadable });
});

test.each(['', '/etc/passwd', '../x', 'secrets/../a.yaml', './a.yaml', 'a.yaml/', 'secrets', 'nothing.yaml'])(
  'nothing is read for the path %j',
  async (path) => {
    const files = repositoryFiles(git, async () => commit);
    await expect(files(path)).rejects.toMatchObject({ code: errors.sopsUnreadable });
    expect(reads).toEqual([]);
  },
);

test.each(Object.keys(kinds))('%s is not followed', async (path) => {
  const files = repositoryFiles(git, async () => commit);
  await expect(files(path)).rejects.toMatchObject({
    code: errors.sopsUnreadable,
    message: expect.stringContaining('not followed'),
  });
  expect(reads).toEqual([]);
});

test('nothing can be read before the first fetch', async () => {
  const files = repositoryFiles(git, async () => null);
  await expect(files('a.yaml')).rejects.toMatchObject({ code: errors.sopsUnreadable });
});
