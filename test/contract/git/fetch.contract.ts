import { expect, it } from 'vitest';
import { errors } from '../../../src/fleet/error-catalogue.ts';
import { type ContractSetting, status } from './contract-remote.ts';

/** Rules for following branches. */
export function fetchContract(setting: () => ContractSetting): void {
  it('knows no tips before the first fetch, and both tips after it', async () => {
    const { remote, repository } = setting();
    expect(await repository.tips(status)).toEqual({ source: null, status: null });
    const main = remote.commit('main', { 'pressluft.yaml': 'a' });
    const records = remote.commit(status, { 'status/a.yaml': 'b' });
    expect(await repository.fetch(status)).toEqual({ source: main, status: records });
    expect(await repository.tips(status)).toEqual({ source: main, status: records });
    expect(await repository.tips('other')).toEqual({ source: main, status: null });
  });

  it('follows a new commit, and reads its files', async () => {
    const { remote, repository } = setting();
    remote.commit('main', { 'pressluft.yaml': 'one' });
    await repository.fetch(status);
    const second = remote.commit('main', {
      'pressluft.yaml': 'two',
      'sites/acme/site.yaml': 'title: Café\n',
    });
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

  it('keeps the followed tip for the next process', async () => {
    const { remote, clone, repository } = setting();
    const main = remote.commit('main', { 'a.yaml': '1' });
    const records = remote.commit(status, { 'status/a.yaml': '1' });
    await repository.fetch(status);
    await remote.setReachable(false);
    const next = await remote.open({ again: clone });
    expect(await next.repository.tips(status)).toEqual({ source: main, status: records });
    expect(await next.repository.list(main)).toHaveLength(1);
  });

  it('reports a rewritten branch with both commits and keeps following the old one', async () => {
    const { remote, clone, repository, log } = setting();
    const base = remote.commit('main', { 'a.yaml': '1' });
    const followed = remote.commit('main', { 'a.yaml': '2' });
    await repository.fetch(status);
    const rewritten = remote.commit('main', { 'a.yaml': '3' }, { parents: [base] });
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const error = await repository.fetch(status).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: errors.branchRewritten });
      expect(String(error)).toContain(followed);
      expect(String(error)).toContain(rewritten);
    }
    expect((await repository.tips(status)).source).toBe(followed);
    expect(await repository.list(followed)).toHaveLength(1);

    const lenient = await remote.open({ again: clone, allowRewrite: true, log });
    expect((await lenient.repository.fetch(status)).source).toBe(rewritten);
    expect(log.lines.map(({ message }) => message)).toContain(
      'the source branch was rewritten and is followed',
    );
  });

  it('follows the branch again when the removed commits are restored', async () => {
    const { remote, repository } = setting();
    remote.commit('main', { 'a.yaml': '1' });
    const followed = remote.commit('main', { 'a.yaml': '2' });
    await repository.fetch(status);
    remote.commit('main', { 'a.yaml': 'other' }, { parents: [] });
    await expect(repository.fetch(status)).rejects.toMatchObject({ code: errors.branchRewritten });
    remote.setTip('main', followed);
    const next = remote.commit('main', { 'a.yaml': '3' });
    expect((await repository.fetch(status)).source).toBe(next);
  });

  it('treats a source branch that moved back as rewritten, and keeps its tip', async () => {
    const { remote, repository } = setting();
    const first = remote.commit('main', { 'a.yaml': '1' });
    const second = remote.commit('main', { 'a.yaml': '2' });
    await repository.fetch(status);
    await remote.whileStale('main', async () => {
      await expect(repository.fetch(status)).rejects.toMatchObject({
        code: errors.branchRewritten,
        details: { branch: 'main', followed: second, tip: first },
      });
    });
    expect((await repository.tips(status)).source).toBe(second);
    expect((await repository.fetch(status)).source).toBe(second);
  });

  it('keeps the old records when the status branch was rewritten, and logs it', async () => {
    const { remote, clone, repository, log } = setting();
    remote.commit('main', { 'a.yaml': '1' });
    const old = remote.commit(status, { 'status/a.yaml': '1' });
    await repository.fetch(status);
    const now = remote.commit(status, { 'status/a.yaml': '2' }, { parents: [] });
    expect((await repository.fetch(status)).status).toBe(now);
    expect(clone.kept()).toEqual([old]);
    expect(
      log.lines.some(
        ({ level, message }) => level === 'warn' && message.includes('status branch was rewritten'),
      ),
    ).toBe(true);
    remote.setTip(status, null);
    expect((await repository.fetch(status)).status).toBeNull();
    expect(await repository.commitInfo(now)).toMatchObject({ sha: now });
    expect([...clone.kept()].sort()).toEqual([now, old].sort());
  });

  it('follows a status branch that moved back, and forward again', async () => {
    const { remote, repository } = setting();
    remote.commit('main', { 'a.yaml': '1' });
    const first = remote.commit(status, { 'status/a.yaml': '1' });
    const second = remote.commit(status, { 'status/a.yaml': '2' });
    expect((await repository.fetch(status)).status).toBe(second);
    const seen = await remote.whileStale(status, () => repository.fetch(status));
    expect(seen.status).toBe(first);
    expect((await repository.tips(status)).status).toBe(first);
    expect((await repository.fetch(status)).status).toBe(second);
  });

  it('distinguishes a missing branch from an empty repository', async () => {
    const { remote, repository } = setting();
    await expect(repository.fetch(status)).rejects.toMatchObject({
      code: errors.branchMissing,
      message: expect.stringContaining('empty'),
      hint: expect.stringContaining('push'),
    });
    remote.commit('develop', { 'a.yaml': '1' });
    await expect(repository.fetch(status)).rejects.toMatchObject({
      code: errors.branchMissing,
      message: 'The repository has no branch main',
      hint: expect.stringContaining('develop'),
    });
  });

  it('keeps the tip of a deleted branch, and continues when the branch exists again', async () => {
    const { remote, repository } = setting();
    const first = remote.commit('main', { 'a.yaml': '1' });
    const records = remote.commit(status, { 'status/a.yaml': '1' });
    await repository.fetch(status);
    remote.setTip('main', null);
    await expect(repository.fetch(status)).rejects.toMatchObject({ code: errors.branchMissing });
    expect(await repository.tips(status)).toEqual({ source: first, status: records });
    const back = remote.commit('main', { 'a.yaml': '2' }, { parents: [first] });
    expect((await repository.fetch(status)).source).toBe(back);
  });

  it('reports an unreachable remote, and keeps its tip', async () => {
    const { remote, repository } = setting();
    const first = remote.commit('main', { 'a.yaml': '1' });
    await repository.fetch(status);
    const second = remote.commit('main', { 'a.yaml': '2' });
    await remote.setReachable(false);
    await expect(repository.fetch(status)).rejects.toMatchObject({
      code: errors.remoteUnreachable,
      hint: expect.any(String),
      retry: { kind: 'backoff' },
    });
    expect((await repository.tips(status)).source).toBe(first);
    await remote.setReachable(true);
    expect((await repository.fetch(status)).source).toBe(second);
  });

  it('stops when it is aborted, and works again afterwards', async () => {
    const { remote, repository } = setting();
    const main = remote.commit('main', { 'a.yaml': '1' });
    await expect(repository.fetch(status, AbortSignal.abort())).rejects.toMatchObject({
      code: errors.cancelled,
    });
    expect(await repository.tips(status)).toEqual({ source: null, status: null });
    expect((await repository.fetch(status)).source).toBe(main);
  });
}

/** For remotes with authentication. */
export function credentialsContract(setting: () => ContractSetting): void {
  it('reports refused credentials, and recovers with the right ones', async () => {
    const { remote, repository } = setting();
    const first = remote.commit('main', { 'a.yaml': '1' });
    await remote.setCredentials?.(false);
    const error = await repository.fetch(status).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: errors.remoteRefusedCredentials, hint: expect.any(String) });
    expect(JSON.stringify(error) + String(error)).not.toContain('wrong-password');
    expect((await repository.tips(status)).source).toBeNull();
    await remote.setCredentials?.(true);
    expect((await repository.fetch(status)).source).toBe(first);
  });
}
