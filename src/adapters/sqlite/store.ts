import { chmodSync, closeSync, openSync } from 'node:fs';
import { DatabaseSync, type SQLOutputValue } from 'node:sqlite';
import type { CommitSha, Digest, ResourceRef } from '../../fleet/brand.ts';
import type { Run, RunStep } from '../../fleet/run.ts';
import type { Log } from '../../ports/log.ts';
import type { Intent, RetryState, Store } from '../../ports/store.ts';
import { migrate } from './migrations.ts';
import { storeError } from './sqlite-error.ts';

export interface StoreOptions {
  readonly log: Log;
  /** How many finished runs are kept, newest first; default 1000. */
  readonly maxRuns?: number;
}

type Row = Record<string, SQLOutputValue>;

/** How long a write waits for another process that writes, e.g. a second command beside the daemon. */
const busyTimeoutMs = 5000;

/**
 * The store in one SQLite file, private to its user. Every write is synced to the disk before its call returns
 * (write-ahead log with `synchronous=FULL`, https://www.sqlite.org/pragma.html#pragma_synchronous).
 */
export function openStore(path: string, options: StoreOptions): Store {
  const database = guarded(path, () => open(path, options.log));
  const statement = (sql: string) => guarded(path, () => database.prepare(sql));
  const maxRuns = options.maxRuns ?? 1000;

  const selectIntents = statement('SELECT * FROM intent ORDER BY created_at, id');
  const upsertIntent = statement('INSERT OR REPLACE INTO intent VALUES (?, ?, ?, ?, ?)');
  const removeIntent = statement('DELETE FROM intent WHERE id = ?');
  const selectRetries = statement('SELECT * FROM retry ORDER BY resource');
  const upsertRetry = statement('INSERT OR REPLACE INTO retry VALUES (?, ?, ?, ?, ?, ?, ?)');
  const removeRetry = statement('DELETE FROM retry WHERE resource = ?');
  const selectValue = statement('SELECT value FROM value WHERE key = ?');
  const upsertValue = statement('INSERT OR REPLACE INTO value VALUES (?, ?)');
  const removeValue = statement('DELETE FROM value WHERE key = ?');
  const insertRun = statement('INSERT INTO run VALUES (?, ?, ?, NULL) ON CONFLICT (id) DO NOTHING');
  const upsertRun = statement('INSERT OR REPLACE INTO run VALUES (?, ?, ?, ?)');
  const insertStep = statement(
    'INSERT INTO run_step SELECT ?1, (SELECT count(*) FROM run_step WHERE run_id = ?1), ?2',
  );
  const selectSteps = statement('SELECT step FROM run_step WHERE run_id = ? ORDER BY position');
  const removeSteps = statement('DELETE FROM run_step WHERE run_id = ?');
  const selectUnfinished = statement('SELECT * FROM run WHERE document IS NULL ORDER BY id');
  const selectRuns = statement(
    'SELECT document FROM run WHERE document IS NOT NULL ORDER BY id DESC LIMIT ?',
  );
  const pruneRuns = statement(
    `DELETE FROM run WHERE document IS NOT NULL AND id <=
       (SELECT id FROM run WHERE document IS NOT NULL ORDER BY id DESC LIMIT 1 OFFSET ?)`,
  );

  function transaction(work: () => void): void {
    database.exec('BEGIN IMMEDIATE');
    try {
      work();
      database.exec('COMMIT');
    } catch (error) {
      // A full disk ends the transaction by itself.
      if (database.isTransaction) database.exec('ROLLBACK');
      throw error;
    }
  }

  const store: Store = {
    intents: () => selectIntents.all().map(intentOf),
    putIntent({ id, resource, kind, data, createdAt }) {
      upsertIntent.run(id, resource, kind, JSON.stringify(data), createdAt);
    },
    deleteIntent(id) {
      removeIntent.run(id);
    },

    retries: () => selectRetries.all().map(retryOf),
    putRetry({ resource, digest, failures, nextAttemptAt, code, message, hint }) {
      upsertRetry.run(resource, digest, failures, nextAttemptAt, code, message, hint);
    },
    deleteRetry(resource) {
      removeRetry.run(resource);
    },

    getValue(key) {
      const value = selectValue.get(key)?.value;
      return value === undefined ? null : String(value);
    },
    putValue(key, value) {
      if (value === null) removeValue.run(key);
      else upsertValue.run(key, value);
    },

    startRun(id, commit, startedAt) {
      insertRun.run(id, commit, startedAt);
    },
    addRunStep(runId, step) {
      insertStep.run(runId, JSON.stringify(step));
    },
    finishRun(run) {
      transaction(() => {
        // An interrupted run has lost its steps in memory; they were recorded when they happened.
        const steps = run.steps.length > 0 ? run.steps : selectSteps.all(run.id).map(stepOf);
        removeSteps.run(run.id);
        upsertRun.run(run.id, run.commit, run.startedAt, JSON.stringify({ ...run, steps }));
        pruneRuns.run(maxRuns);
      });
    },
    unfinishedRuns: () =>
      selectUnfinished.all().map((row) => ({
        id: String(row.id),
        commit: String(row.commit_sha) as CommitSha,
        startedAt: String(row.started_at),
      })),
    runs: (limit) => selectRuns.all(limit).map((row) => JSON.parse(String(row.document)) as Run),

    close() {
      if (database.isOpen) database.close();
    },
  };
  return withStoreErrors(path, store);
}

function open(path: string, log: Log): DatabaseSync {
  // SQLite gives its -wal and -shm files the permissions of the main file.
  closeSync(openSync(path, 'a', 0o600));
  chmodSync(path, 0o600);
  const database = new DatabaseSync(path, { timeout: busyTimeoutMs, enableForeignKeyConstraints: true });
  try {
    const mode = database.prepare('PRAGMA journal_mode = WAL').get()?.journal_mode;
    if (mode !== 'wal') log.warn({ path, mode }, 'the store cannot use a write-ahead log here');
    database.exec('PRAGMA synchronous = FULL');
    migrate(database, path);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function withStoreErrors(path: string, store: Store): Store {
  const entries = Object.entries(store).map(([name, method]) => [
    name,
    (...args: readonly never[]) =>
      guarded(path, () => (method as (...args: readonly never[]) => unknown)(...args)),
  ]);
  return Object.fromEntries(entries) as Store;
}

function guarded<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw storeError(path, error);
  }
}

function intentOf(row: Row): Intent {
  return {
    id: String(row.id),
    resource: String(row.resource) as ResourceRef,
    kind: String(row.kind),
    data: JSON.parse(String(row.data)) as Intent['data'],
    createdAt: Number(row.created_at),
  };
}

function retryOf(row: Row): RetryState {
  return {
    resource: String(row.resource) as ResourceRef,
    digest: String(row.digest) as Digest,
    failures: Number(row.failures),
    nextAttemptAt: Number(row.next_attempt_at),
    code: String(row.code),
    message: String(row.message),
    hint: row.hint === null ? null : String(row.hint),
  };
}

function stepOf(row: Row): RunStep {
  return JSON.parse(String(row.step)) as RunStep;
}
