import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CommitSha, Digest, ResourceRef } from '../../../src/fleet/brand.ts';
import { errors } from '../../../src/fleet/error-catalogue.ts';
import type { Run, RunStep } from '../../../src/fleet/run.ts';
import type { Intent, RetryState, Store } from '../../../src/ports/store.ts';

export interface StoreWorld {
  /** Opens the same store again, as the next process would. */
  open(): Store;
  close(): void;
  /** Finished runs that are kept. */
  readonly maxRuns: number;
}

export const commit = 'a'.repeat(40) as CommitSha;
export const resource = (name: string) => `environment/${name}` as ResourceRef;

export function intentOf(id: string, createdAt = 1): Intent {
  return {
    id,
    resource: resource(id),
    kind: 'server',
    data: { key: `k-${id}`, nested: [1, null, 'ä😀'] },
    createdAt,
  };
}

export function stepOf(name: string): RunStep {
  return {
    name,
    resource: resource('a'),
    status: 'changed',
    startedAt: '2026-01-01T00:00:00.000Z',
    durationMs: 12.5,
    message: 'm',
  };
}

export function runOf(id: string, steps: readonly RunStep[] = []): Run {
  return {
    id,
    commit,
    startedAt: '2026-01-01T00:00:00.000Z',
    endedAt: '2026-01-01T00:01:00.000Z',
    results: [],
    steps,
  };
}

/** The contract of {@link Store}, for SQLite and for the simulated one. */
export function describeStore(name: string, createWorld: () => StoreWorld): void {
  describe(`store: ${name}`, () => {
    let world: StoreWorld;
    let store: Store;

    beforeEach(() => {
      world = createWorld();
      store = world.open();
    });
    afterEach(() => {
      store.close();
      world.close();
    });

    function reopen(): void {
      store.close();
      store = world.open();
    }

    it('is empty at first', () => {
      expect([store.intents(), store.retries(), store.runs(10), store.unfinishedRuns()]).toEqual([
        [],
        [],
        [],
        [],
      ]);
      expect(store.getValue('k')).toBeNull();
    });

    it('keeps intents until they are deleted, oldest first', () => {
      store.putIntent(intentOf('b', 2));
      store.putIntent(intentOf('a', 1));
      store.putIntent({ ...intentOf('b', 2), kind: 'volume' });
      reopen();
      expect(store.intents()).toEqual([intentOf('a', 1), { ...intentOf('b', 2), kind: 'volume' }]);
      store.deleteIntent('a');
      store.deleteIntent('missing');
      expect(store.intents().map((intent) => intent.id)).toEqual(['b']);
    });

    it('keeps one retry state for each resource, infinite waits included', () => {
      const state: RetryState = {
        resource: resource('a'),
        digest: 'sha256:1' as Digest,
        failures: 3,
        nextAttemptAt: Number.POSITIVE_INFINITY,
        code: errors.nodeUnreachable,
        message: 'lost',
        hint: null,
      };
      store.putRetry({ ...state, failures: 2, nextAttemptAt: 1_790_000_000_000.5, hint: 'h' });
      store.putRetry(state);
      reopen();
      expect(store.retries()).toEqual([state]);
      store.deleteRetry(state.resource);
      expect(store.retries()).toEqual([]);
    });

    it('keeps values until they are deleted', () => {
      store.putValue('k', 'one');
      store.putValue('k', 'two ä😀\u0000 end');
      store.putValue('empty', '');
      reopen();
      expect(store.getValue('k')).toBe('two ä😀\u0000 end');
      expect(store.getValue('empty')).toBe('');
      store.putValue('k', null);
      expect(store.getValue('k')).toBeNull();
    });

    it('lists runs that were started and never finished', () => {
      store.startRun('r1', commit, '2026-01-01T00:00:00.000Z');
      store.startRun('r2', commit, '2026-01-01T00:00:01.000Z');
      store.finishRun(runOf('r1'));
      reopen();
      expect(store.unfinishedRuns()).toEqual([{ id: 'r2', commit, startedAt: '2026-01-01T00:00:01.000Z' }]);
      expect(store.runs(10)).toEqual([runOf('r1')]);
    });

    it('returns complete runs, the newest first, up to the requested number', () => {
      for (const id of ['r1', 'r3', 'r2']) {
        store.startRun(id, commit, '2026-01-01T00:00:00.000Z');
        store.finishRun(runOf(id, [stepOf('one'), stepOf('two')]));
      }
      expect(store.runs(2)).toEqual([
        runOf('r3', [stepOf('one'), stepOf('two')]),
        runOf('r2', [stepOf('one'), stepOf('two')]),
      ]);
    });

    it('keeps the recorded steps of an interrupted run', () => {
      store.startRun('r1', commit, '2026-01-01T00:00:00.000Z');
      store.addRunStep('r1', stepOf('one'));
      store.addRunStep('r1', stepOf('two'));
      reopen();
      store.finishRun({ ...runOf('r1'), interrupted: true });
      expect(store.runs(1)).toEqual([{ ...runOf('r1', [stepOf('one'), stepOf('two')]), interrupted: true }]);
    });

    it('forgets the oldest finished runs, never an unfinished one', () => {
      store.startRun('r000', commit, '2026-01-01T00:00:00.000Z');
      for (let index = 1; index <= world.maxRuns + 3; index += 1) {
        store.finishRun(runOf(`r${String(index).padStart(3, '0')}`));
      }
      const kept = store.runs(10_000).map((run) => run.id);
      expect(kept).toHaveLength(world.maxRuns);
      expect(kept.at(-1)).toBe('r004');
      expect(store.unfinishedRuns().map((run) => run.id)).toEqual(['r000']);
    });

    it('can be closed twice', () => {
      store.close();
      store.close();
    });
  });
}
