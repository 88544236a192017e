import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GitAuth } from '../../../src/adapters/git/auth.ts';
import { createGitRepository } from '../../../src/adapters/git/git-repository.ts';
import { errors } from '../../../src/fleet/error-catalogue.ts';
import { commitOn } from './fixture.ts';
import { hasSshd, type RealRemote, sshRemote } from './remotes.ts';

const status = 'pressluft/status';

describe.skipIf(!hasSshd)('a misconfigured or unexpected Git server over SSH', () => {
  let dir: string;
  let remote: RealRemote;
  let auth: Extract<GitAuth, { kind: 'ssh' }>;
  let strangeKey: string;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'pressluft-git-ssh-'));
    remote = await sshRemote();
    if (remote.auth?.kind !== 'ssh') throw new Error('no SSH key');
    auth = remote.auth;
    commitOn(remote.repository, 'main', { 'a.yaml': '1' });
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(dir, 'other')]);
    strangeKey = (await readFile(join(dir, 'other.pub'), 'utf8')).trim();
  });
  afterAll(async () => {
    await remote.close();
    await rm(dir, { recursive: true, force: true });
  });

  const open = (name: string, hostKeys: readonly string[]) =>
    createGitRepository({
      dir: join(dir, name),
      url: remote.url,
      branch: 'main',
      auth: { ...auth, hostKeys },
    });

  it('gets no data when its host key differs, and the new key is not stored', async () => {
    const repository = await open('mismatch', [strangeKey]);
    for (let attempt = 0; attempt < 2; attempt += 1) {
      await expect(repository.fetch(status)).rejects.toMatchObject({
        code: errors.remoteHostKeyMismatch,
        retry: { kind: 'never' },
      });
    }
    const known = await readFile(join(dir, 'mismatch/ssh/known_hosts'), 'utf8');
    expect(known.trim().split('\n')).toHaveLength(1);
  });

  it('may have one of several pinned keys', async () => {
    const repository = await open('several', [strangeKey, ...auth.hostKeys]);
    expect((await repository.fetch(status)).source).toMatch(/^[0-9a-f]{40}$/);
  });

  it('is reached when the directory has a name that shells and ssh treat specially', async () => {
    const repository = await open(`it's 100% "odd" $(id) %h`, auth.hostKeys);
    expect((await repository.fetch(status)).source).toMatch(/^[0-9a-f]{40}$/);
  });

  it.each([
    ['no host key', []],
    ['something else as host key', ['-oProxyCommand=id']],
  ])('is refused before any connection with %s', async (_, hostKeys) => {
    const repository = await open('unpinned', hostKeys);
    await expect(repository.fetch(status)).rejects.toMatchObject({ code: errors.settingInvalid });
  });
});
