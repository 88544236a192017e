import { expect, it } from 'vitest';
import { errors } from '../../../src/fleet/error-catalogue.ts';
import { isPressluftError } from '../../../src/fleet/errors.ts';
import type { GitRepository } from '../../../src/ports/git-repository.ts';
import { type ContractSetting, recordedAtMs, recordIn, status } from './contract-remote.ts';

/** Several writers of one branch at the same time. */
export function raceContract(setting: () => ContractSetting): void {
  it('rejects a push when somebody else pushes first', async () => {
    const { remote, repository } = setting();
    remote.commit('main', { 'a.yaml': '1' });
    await repository.fetch(status);
    const first = await recordIn(repository, 'Ready', null);
    await repository.push(status, first, null);
    const second = await recordIn(repository, 'Stalled', first);
    await remote.overtakeNextPush(status);
    await expect(repository.push(status, second, first)).rejects.toMatchObject({ code: errors.pushRejected });
    const theirs = remote.tip(status);
    expect(theirs).not.toBe(first);
    expect(theirs).not.toBe(second);

    const { status: tip } = await repository.fetch(status);
    expect(tip).toBe(theirs);
    const again = await recordIn(repository, 'Stalled', tip);
    await repository.push(status, again, tip);
    expect(remote.history(status).map(({ sha }) => sha)).toEqual([again, theirs, first]);
  });

  it('lets one of two pushes that create the branch at the same time succeed, and rejects the other', async () => {
    const { remote, repository } = setting();
    remote.commit('main', { 'a.yaml': '1' });
    const writers = [repository, (await remote.open()).repository];
    const commits = await Promise.all(
      writers.map(async (writer, index) => {
        await writer.fetch(status);
        return await recordIn(writer, `by ${index}`, null);
      }),
    );
    const results = await Promise.allSettled(
      writers.map((writer, index) => writer.push(status, commits[index] ?? failed(), null)),
    );
    const winner = results.findIndex((result) => result.status === 'fulfilled');
    expect(remote.tip(status)).toBe(commits[winner]);
    expect(results[1 - winner]).toMatchObject({ status: 'rejected', reason: { code: errors.pushRejected } });
  });

  it('loses and duplicates no record when three processes write as fast as they can', async () => {
    const { remote, repository } = setting();
    remote.commit('main', { 'a.yaml': '1' });
    const writers = [repository, (await remote.open()).repository, (await remote.open()).repository];
    const perWriter = 2;
    await Promise.all(
      writers.map(async (writer, index) => {
        for (let nth = 0; nth < perWriter; nth += 1) await write(writer, `${index}-${nth}`);
      }),
    );
    const written = remote.history(status).map(({ message }) => message.trim());
    expect([...written].sort()).toEqual(
      writers.flatMap((_, index) => Array.from({ length: perWriter }, (__, nth) => `${index}-${nth}`)),
    );
    expect(() => remote.check()).not.toThrow();
  });
}

/** As records are written: after a lost race, again on the new tip. */
async function write(repository: GitRepository, name: string): Promise<void> {
  const changes = new Map([[`status/${name}.yaml`, name]]);
  for (let attempt = 0; attempt < 30; attempt += 1) {
    const { status: parent } = await repository.fetch(status);
    const commit = await repository.commit({ parent, changes, message: name, at: recordedAtMs });
    const error = await repository.push(status, commit, parent).then(
      () => null,
      (thrown: unknown) => thrown,
    );
    if (error === null) return;
    if (!isPressluftError(error, errors.pushRejected)) throw error;
  }
  throw new Error(`${name} lost 30 races`);
}

function failed(): never {
  throw new Error('no commit was made');
}
