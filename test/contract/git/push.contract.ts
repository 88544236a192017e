import { expect, it } from 'vitest';
import { errors } from '../../../src/fleet/error-catalogue.ts';
import { type ContractSetting, missingCommit, recordIn, status } from './contract-remote.ts';

/** Pushing to a branch of the remote, and the known state afterwards. */
export function pushContract(setting: () => ContractSetting): void {
  it('creates the status branch with its first push and moves it with the next', async () => {
    const { remote, repository } = setting();
    remote.commit('main', { 'a.yaml': '1' });
    await repository.fetch(status);
    const first = await recordIn(repository, 'Ready', null);
    expect(remote.tip(status)).toBeNull();
    await repository.push(status, first, null);
    expect(remote.tip(status)).toBe(first);
    expect((await repository.tips(status)).status).toBe(first);

    const second = await recordIn(repository, 'Stalled', first);
    await repository.push(status, second, first);
    expect(remote.tip(status)).toBe(second);
    expect((await repository.fetch(status)).status).toBe(second);
    const by = { author: 'Pressluft <pressluft@localhost>', committedAt: '2023-11-14T22:13:20.000Z' };
    expect(remote.history(status)).toEqual([
      { sha: second, parents: [first], message: 'status: Stalled\n', ...by },
      { sha: first, parents: [], message: 'status: Ready\n', ...by },
    ]);
    expect(() => remote.check()).not.toThrow();
  });

  it('pushes on top of records that another clone wrote', async () => {
    const { remote, repository } = setting();
    remote.commit('main', { 'a.yaml': '1' });
    await repository.fetch(status);
    const first = await recordIn(repository, 'Ready', null);
    await repository.push(status, first, null);
    const other = (await remote.open()).repository;
    await other.fetch(status);
    const second = await recordIn(other, 'Stalled', first);
    await other.push(status, second, first);
    expect(remote.text(status, 'status/environment/acme.yaml')).toBe('Stalled');
  });

  it('rejects a push when somebody else pushed, and changes nothing', async () => {
    const { remote, repository } = setting();
    remote.commit('main', { 'a.yaml': '1' });
    await repository.fetch(status);
    const first = await recordIn(repository, 'Ready', null);
    await repository.push(status, first, null);
    const theirs = remote.commit(status, { 'status/x.yaml': 'theirs' });
    const ours = await recordIn(repository, 'Stalled', first);
    await expect(repository.push(status, ours, first)).rejects.toMatchObject({
      code: errors.pushRejected,
      message: expect.stringContaining(theirs),
      details: { branch: status, expected: first, tip: theirs },
    });
    await expect(repository.push(status, await recordIn(repository, 'x', null), null)).rejects.toMatchObject({
      code: errors.pushRejected,
    });
    expect(remote.tip(status)).toBe(theirs);
    expect((await repository.tips(status)).status).toBe(first);

    await repository.fetch(status);
    const again = await recordIn(repository, 'Stalled', theirs);
    await repository.push(status, again, theirs);
    expect(remote.tip(status)).toBe(again);
  });

  it('rejects a push to a branch that was deleted', async () => {
    const { remote, repository } = setting();
    remote.commit('main', { 'a.yaml': '1' });
    await repository.fetch(status);
    const first = await recordIn(repository, 'Ready', null);
    await repository.push(status, first, null);
    remote.setTip(status, null);
    const second = await recordIn(repository, 'Stalled', first);
    await expect(repository.push(status, second, first)).rejects.toMatchObject({ code: errors.pushRejected });
    expect(remote.tip(status)).toBeNull();
  });

  it('never rewinds or replaces a branch, even where the server would allow it', async () => {
    const { remote, repository } = setting();
    remote.commit('main', { 'a.yaml': '1' });
    await repository.fetch(status);
    const first = await recordIn(repository, 'Ready', null);
    await repository.push(status, first, null);
    const second = await recordIn(repository, 'Stalled', first);
    await repository.push(status, second, first);
    await expect(repository.push(status, first, second)).rejects.toMatchObject({ code: errors.pushRejected });
    const unrelated = await recordIn(repository, 'other', null);
    await expect(repository.push(status, unrelated, second)).rejects.toMatchObject({
      code: errors.pushRejected,
    });
    expect(remote.tip(status)).toBe(second);
  });

  it('counts a push as successful when the reply was lost and the remote has the commit', async () => {
    const { remote, repository, log } = setting();
    remote.commit('main', { 'a.yaml': '1' });
    await repository.fetch(status);
    const commit = await recordIn(repository, 'Ready', null);
    await remote.loseNextReply();
    await repository.push(status, commit, null);
    expect(remote.tip(status)).toBe(commit);
    expect((await repository.tips(status)).status).toBe(commit);
    expect(log.lines.some(({ message }) => message.includes('reply to a push was lost'))).toBe(true);
  });

  it('reports an error when the reply was lost and the remote is unreachable, and detects the push later', async () => {
    const { remote, repository } = setting();
    remote.commit('main', { 'a.yaml': '1' });
    await repository.fetch(status);
    const first = await recordIn(repository, 'Ready', null);
    await repository.push(status, first, null);
    const second = await recordIn(repository, 'Stalled', first);
    await remote.loseNextReply(true);
    await expect(repository.push(status, second, first)).rejects.toMatchObject({
      code: errors.remoteUnreachable,
      retry: { kind: 'backoff' },
    });
    expect((await repository.tips(status)).status).toBe(first);
    await remote.setReachable(true);
    expect(remote.tip(status)).toBe(second);
    await repository.push(status, second, first);
    expect((await repository.tips(status)).status).toBe(second);
    expect(remote.history(status).map(({ sha }) => sha)).toEqual([second, first]);
  });

  it('counts a push of an earlier process as successful', async () => {
    const { remote, repository } = setting();
    remote.commit('main', { 'a.yaml': '1' });
    await repository.fetch(status);
    const commit = await recordIn(repository, 'Ready', null);
    await repository.push(status, commit, null);
    await repository.push(status, commit, null);
    expect(remote.tip(status)).toBe(commit);
  });

  it('reports a push that the server rejects, with the message of the server', async () => {
    const { remote, repository } = setting();
    remote.commit('main', { 'a.yaml': '1' });
    await repository.fetch(status);
    await remote.refuseNextPush();
    const commit = await recordIn(repository, 'Ready', null);
    await expect(repository.push(status, commit, null)).rejects.toMatchObject({
      code: errors.gitFailed,
      message: expect.stringContaining('pre-receive hook declined'),
    });
    expect(remote.tip(status)).toBeNull();
    await repository.push(status, commit, null);
    expect(remote.tip(status)).toBe(commit);
  });

  it('pushes nothing when the remote cannot be reached or refuses the credentials', async () => {
    const { remote, repository } = setting();
    remote.commit('main', { 'a.yaml': '1' });
    await repository.fetch(status);
    const commit = await recordIn(repository, 'Ready', null);
    await remote.setReachable(false);
    await expect(repository.push(status, commit, null)).rejects.toMatchObject({
      code: errors.remoteUnreachable,
    });
    await remote.setReachable(true);
    await remote.setCredentials?.(false);
    if (remote.setCredentials !== undefined) {
      await expect(repository.push(status, commit, null)).rejects.toMatchObject({
        code: errors.remoteRefusedCredentials,
      });
    }
    await remote.setCredentials?.(true);
    expect(remote.tip(status)).toBeNull();
    expect((await repository.tips(status)).status).toBeNull();
    await repository.push(status, commit, null);
    expect(remote.tip(status)).toBe(commit);
  });

  it('stops a push that is aborted', async () => {
    const { remote, repository } = setting();
    remote.commit('main', { 'a.yaml': '1' });
    await expect(repository.push(status, missingCommit, null, AbortSignal.abort())).rejects.toMatchObject({
      code: errors.cancelled,
    });
    expect(remote.tip(status)).toBeNull();
  });
}
