import { expect, it } from 'vitest';
import { type ContractSetting, status } from './contract-remote.ts';

/** For remotes on this machine. */
export function watchContract(setting: () => ContractSetting): void {
  it('calls back when somebody pushes to the watched repository, and not after the watch was stopped', async () => {
    const { remote, repository } = setting();
    remote.commit('main', { 'a.yaml': '1' });
    await repository.fetch(status);
    let calls = 0;
    const stop = await repository.watch(() => {
      calls += 1;
    });
    try {
      for (const branch of ['main', 'main', status]) {
        const before = calls;
        remote.commit(branch, { 'a.yaml': `${before}` });
        for (let waited = 0; waited < 100 && calls === before; waited += 1) await remote.passTime(30);
        expect(calls).toBeGreaterThan(before);
        await remote.passTime(200);
      }
    } finally {
      await stop();
    }
    const before = calls;
    remote.commit('main', { 'a.yaml': 'last' });
    await remote.passTime(300);
    expect(calls).toBe(before);
  });
}
