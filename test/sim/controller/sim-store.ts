import type { CommitSha, ResourceRef } from '../../../src/fleet/brand.ts';
import { errors } from '../../../src/fleet/error-catalogue.ts';
import { PressluftError } from '../../../src/fleet/errors.ts';
import type { Run, RunStep } from '../../../src/fleet/run.ts';
import type { Intent, RetryState, Store } from '../../../src/ports/store.ts';
import type { Gate } from '../core/index.ts';

interface UnfinishedRun {
  readonly id: string;
  readonly commit: CommitSha;
  readonly startedAt: string;
  readonly steps: RunStep[];
}

/** The store on the controller's disk. Every write is durable when its call returns, so a power loss loses nothing. */
export interface StoreFile {
  readonly intents: Map<string, Intent>;
  readonly retries: Map<ResourceRef, RetryState>;
  readonly values: Map<string, string>;
  readonly unfinished: Map<string, UnfinishedRun>;
  readonly finished: Map<string, Run>;
  /** A full disk rejects writes, and still serves reads. */
  full: boolean;
  /** Number of writes. */
  writes: number;
}

export function emptyStoreFile(): StoreFile {
  return {
    intents: new Map(),
    retries: new Map(),
    values: new Map(),
    unfinished: new Map(),
    finished: new Map(),
    full: false,
    writes: 0,
  };
}

export function simStore(gate: Gate, file: StoreFile, { maxRuns = 1000 } = {}): Store {
  const read = <T>(name: string, work: () => T): T =>
    gate.callSync(
      `store.${name}`,
      (fault) => {
        if (fault === 'store-unreadable') throw unreadable();
        return work();
      },
      ['store-unreadable'],
    );
  // A transaction on a full or broken disk leaves no changes.
  const write = (name: string, work: () => void): void =>
    gate.callSync(
      `store.${name}`,
      (fault) => {
        if (fault === 'disk-full' || file.full)
          throw new PressluftError(errors.diskFull, 'The disk that holds the store is full', {
            hint: 'Free some space; Pressluft goes on by itself.',
          });
        if (fault === 'store-unreadable') throw unreadable();
        work();
        file.writes += 1;
      },
      ['disk-full', 'store-unreadable'],
    );
  const byId = <T extends { readonly id: string }>(items: Iterable<T>) =>
    [...items].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));

  return {
    intents: () =>
      read('intents', () => byId(file.intents.values()).sort((a, b) => a.createdAt - b.createdAt)),
    putIntent: (intent) => write('putIntent', () => void file.intents.set(intent.id, intent)),
    deleteIntent: (id) => write('deleteIntent', () => void file.intents.delete(id)),

    retries: () =>
      read('retries', () => [...file.retries.values()].sort((a, b) => (a.resource < b.resource ? -1 : 1))),
    putRetry: (state) => write('putRetry', () => void file.retries.set(state.resource, state)),
    deleteRetry: (resource) => write('deleteRetry', () => void file.retries.delete(resource)),

    getValue: (key) => read('getValue', () => file.values.get(key) ?? null),
    putValue: (key, value) =>
      write('putValue', () => {
        if (value === null) file.values.delete(key);
        else file.values.set(key, value);
      }),

    startRun: (id, commit, startedAt) =>
      write('startRun', () => {
        if (!file.unfinished.has(id) && !file.finished.has(id))
          file.unfinished.set(id, { id, commit, startedAt, steps: [] });
      }),
    addRunStep: (runId, step) => write('addRunStep', () => void file.unfinished.get(runId)?.steps.push(step)),
    finishRun: (run) =>
      write('finishRun', () => {
        const steps = run.steps.length > 0 ? run.steps : (file.unfinished.get(run.id)?.steps ?? []);
        file.unfinished.delete(run.id);
        file.finished.set(run.id, { ...run, steps });
        const surplus = byId(file.finished.values()).slice(0, Math.max(0, file.finished.size - maxRuns));
        for (const { id } of surplus) file.finished.delete(id);
      }),
    unfinishedRuns: () =>
      read('unfinishedRuns', () =>
        byId(file.unfinished.values()).map(({ id, commit, startedAt }) => ({ id, commit, startedAt })),
      ),
    runs: (limit) => read('runs', () => byId(file.finished.values()).reverse().slice(0, limit)),

    close: () => undefined,
  };
}

function unreadable(): PressluftError {
  return new PressluftError(errors.storeUnusable, 'store.sqlite: disk I/O error');
}
