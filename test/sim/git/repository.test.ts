import { describe, expect, it } from 'vitest';
import { errors } from '../../../src/fleet/error-catalogue.ts';
import { drive } from '../core/drive.ts';
import { simRandom } from '../core/index.ts';
import { gitWorld } from './world.ts';

const status = 'pressluft/status';
const record = (text: string) => new Map([['status/a.yaml', text]]);

describe('a simulated Git remote', () => {
  it('is deterministic for a seed, and differs between seeds', async () => {
    const run = async (seed: number) => {
      const { core, remote, open } = gitWorld(seed);
      remote.push('Dana', 'main', { 'a.yaml': '1' }, 'first');
      const { git } = open();
      const work = async () => {
        await git.fetch(status);
        const commit = await git.commit({ parent: null, changes: record('x'), message: 'm', at: 1000 });
        await git.push(status, commit, null);
      };
      await drive(core.timeline, work());
      return core.trace.digest();
    };
    expect(await run(1)).toBe(await run(1));
    expect(await run(1)).not.toBe(await run(2));
  });

  it('lets another writer push at the same time, so that the push is rejected', async () => {
    const { core, remote, open } = gitWorld(1, [{ site: 'git.push', nth: 0, kind: 'overtaken' }]);
    remote.push('Dana', 'main', { 'a.yaml': '1' }, 'first');
    remote.push('Dana', status, { 'status/a.yaml': '1' }, 'record');
    const { git } = open();
    const work = async () => {
      const tips = await git.fetch(status);
      const commit = await git.commit({ parent: tips.status, changes: record('2'), message: 'm', at: 1000 });
      await git.push(status, commit, tips.status);
    };
    await expect(drive(core.timeline, work())).rejects.toMatchObject({ code: errors.pushRejected });
    expect(remote.updates.map(({ by, forced }) => [by, forced])).toEqual([
      ['Dana', false],
      ['Dana', false],
      ['Robin', false],
    ]);
  });

  it('replaces a damaged clone, and still does not follow a rewritten branch', async () => {
    const { core, remote, open } = gitWorld(1);
    remote.push('Dana', 'main', { 'a.yaml': '1' }, 'first');
    const first = open();
    await drive(core.timeline, first.git.fetch(status));
    first.process.kill();
    first.clone.damage(simRandom(3));
    remote.forcePush('Dana', 'main', remote.commit('Dana', null, { 'a.yaml': '2' }, 'other'));
    const second = open({ clone: first.clone });
    expect(await drive(core.timeline, second.git.tips(status))).toEqual({ source: null, status: null });
    await expect(drive(core.timeline, second.git.fetch(status))).rejects.toMatchObject({
      code: errors.branchRewritten,
    });
    expect(second.clone.remade).toBe(1);
  });

  it('replaces a clone that is found damaged during use', async () => {
    const { core, remote, open } = gitWorld(1);
    const first = remote.push('Dana', 'main', { 'a.yaml': '1' }, 'first');
    const { git, clone } = open();
    await drive(core.timeline, git.fetch(status));
    clone.damage(simRandom(3));
    await expect(drive(core.timeline, git.list(first))).rejects.toMatchObject({
      code: errors.cloneIncomplete,
    });
    expect((await drive(core.timeline, git.fetch(status))).source).toBe(first);
    expect(await drive(core.timeline, git.list(first))).toHaveLength(1);
    clone.damage(simRandom(3));
    const second = remote.push('Dana', 'main', { 'a.yaml': '2' }, 'second');
    expect((await drive(core.timeline, git.fetch(status))).source).toBe(second);
    expect(clone.remade).toBe(2);
  });

  it.each([
    ['before git.refs#0', null],
    ['after git.refs#1', 'main'],
  ])('keeps what the clone had when the process is killed %s', async (kill, followed) => {
    const { core, remote, open } = gitWorld(1, [], kill);
    const tip = remote.push('Dana', 'main', { 'a.yaml': '1' }, 'first');
    const first = open();
    await expect(drive(core.timeline, first.git.fetch(status))).rejects.toThrow('nothing more happens');
    expect(first.process.alive).toBe(false);
    const second = open({ clone: first.clone });
    expect(await drive(core.timeline, second.git.tips(status))).toEqual({
      source: followed === null ? null : tip,
      status: null,
    });
    expect(await drive(core.timeline, second.git.fetch(status))).toEqual({ source: tip, status: null });
  });

  it('reports a full disk, keeps its data, and continues when there is space', async () => {
    const { core, remote, open } = gitWorld(1);
    const first = remote.push('Dana', 'main', { 'a.yaml': '1' }, 'first');
    const { git, clone } = open();
    await drive(core.timeline, git.fetch(status));
    clone.diskFull = true;
    const second = remote.push('Dana', 'main', { 'a.yaml': '2' }, 'second');
    await expect(drive(core.timeline, git.fetch(status))).rejects.toMatchObject({ code: errors.diskFull });
    const request = { parent: null, changes: record('x'), message: 'm', at: 1000 };
    await expect(drive(core.timeline, git.commit(request))).rejects.toMatchObject({ code: errors.diskFull });
    expect(await drive(core.timeline, git.tips(status))).toEqual({ source: first, status: null });
    clone.diskFull = false;
    expect((await drive(core.timeline, git.fetch(status))).source).toBe(second);
  });

  it('applies a push after its sender gave up, but never over later pushes of others', async () => {
    for (const overtaken of [false, true]) {
      const { core, remote, open } = gitWorld(1, [{ site: 'git.push', nth: 0, kind: 'late' }]);
      remote.push('Dana', 'main', { 'a.yaml': '1' }, 'first');
      const { git } = open();
      await drive(core.timeline, git.fetch(status));
      const request = { parent: null, changes: record('x'), message: 'm', at: 1000 };
      const commit = await drive(core.timeline, git.commit(request));
      await expect(drive(core.timeline, git.push(status, commit, null))).rejects.toMatchObject({
        code: errors.remoteUnreachable,
        message: expect.stringContaining('300000 ms'),
      });
      expect(remote.tip(status)).toBeNull();
      const theirs = overtaken ? remote.push('Dana', status, { 'b.yaml': '1' }, 'theirs') : null;
      await drive(core.timeline, core.timeline.sleep(900_000));
      expect(remote.tip(status)).toBe(theirs ?? commit);
    }
  });

  it('reproduces the changes of people: merges, reverts and deletions, by name', () => {
    const { remote } = gitWorld(1);
    const first = remote.push('Dana', 'main', { 'a.yaml': '1', 'b.yaml': '1' }, 'first');
    const side = remote.commit('Robin', first, { 'b.yaml': '2', 'c.yaml': 'new' }, 'side');
    remote.push('Dana', 'main', { 'a.yaml': '2' }, 'second');
    const merge = remote.merge('Robin', 'main', side, 'Merge side');
    expect(remote.files('main')).toEqual(
      new Map([
        ['a.yaml', '2'],
        ['b.yaml', '2'],
        ['c.yaml', 'new'],
      ]),
    );
    remote.revert('Dana', 'main', merge);
    expect(remote.files('main')).toEqual(
      new Map([
        ['a.yaml', '2'],
        ['b.yaml', '1'],
      ]),
    );
    remote.forcePush('Mallory', 'main', first);
    remote.deleteBranch('Mallory', 'main');
    expect(remote.tip('main')).toBeNull();
    expect(remote.updates.map(({ by, forced }) => `${by} ${forced}`)).toEqual([
      'Dana false',
      'Dana false',
      'Robin false',
      'Dana false',
      'Mallory true',
      'Mallory true',
    ]);
  });
});
