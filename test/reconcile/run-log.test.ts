import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStore } from '../../src/adapters/sqlite/store.ts';
import type { Deps } from '../../src/ports/index.ts';
import type { Store } from '../../src/ports/store.ts';
import { closeInterruptedRuns, markRecorded, startRun, unrecordedRuns } from '../../src/reconcile/run-log.ts';
import { commitSha } from '../support/fleet-builders.ts';
import { memoryLog } from '../support/memory-log.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

describe('the log of runs', () => {
  let dir: string;
  let store: Store;
  const commit = commitSha('1');

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'pressluft-run-log-'));
    store = openStore(join(dir, 'store.sqlite'), { log: memoryLog() });
  });
  afterEach(() => {
    store.close();
    rmSync(dir, { recursive: true, force: true });
  });

  const random = seededRandom(1);
  const depsWith = (other: Partial<Store> = {}) =>
    ({ store: { ...store, ...other }, clock: new VirtualClock(), random }) as unknown as Deps;

  /** Every write up to the nth takes effect, and the process is killed at the next one. */
  function diesAfter(writes: number): Partial<Store> {
    let left = writes;
    const spend = () => {
      if (left === 0) throw new Error('killed');
      left -= 1;
    };
    return {
      putValue: (key, value) => {
        spend();
        store.putValue(key, value);
      },
      finishRun: (run) => {
        spend();
        store.finishRun(run);
      },
    };
  }

  it('loses no run to a kill between the writes that end it', () => {
    for (const writes of [0, 1, 2]) {
      const run = startRun(depsWith(diesAfter(writes)), commit);
      try {
        run.finish([]);
      } catch {
        // The next process resumes the work of a killed one.
      }
      closeInterruptedRuns(depsWith());
      expect(unrecordedRuns(store).map(({ id }) => id)).toEqual([run.id]);
      markRecorded(store, unrecordedRuns(store));
      expect(unrecordedRuns(store)).toEqual([]);
    }
  });

  it('loses no interrupted run to a kill while it is closed', () => {
    for (const writes of [0, 1, 2, 3]) {
      const ids = [startRun(depsWith(), commit).id, startRun(depsWith(), commit).id].sort();
      try {
        closeInterruptedRuns(depsWith(diesAfter(writes)));
      } catch {
        // The next process continues.
      }
      closeInterruptedRuns(depsWith());
      expect(
        unrecordedRuns(store)
          .map(({ id }) => id)
          .sort(),
      ).toEqual(ids);
      markRecorded(store, unrecordedRuns(store));
    }
  });

  it('records all runs that accumulated while the remote was unreachable, and then forgets them', () => {
    const ids = Array.from({ length: 260 }, () => {
      const run = startRun(depsWith(), commit);
      run.finish([]);
      return run.id;
    });
    const waiting = unrecordedRuns(store);
    expect(new Set(waiting.map(({ id }) => id))).toEqual(new Set(ids));
    markRecorded(store, waiting);
    expect(store.getValue('runs/unrecorded')).toBeNull();
  });

  it('does not wait for a run that the store no longer keeps', () => {
    store.putValue('runs/unrecorded', 'long-gone');
    const run = startRun(depsWith(), commit);
    run.finish([]);
    markRecorded(store, unrecordedRuns(store));
    expect(store.getValue('runs/unrecorded')).toBeNull();
  });
});
