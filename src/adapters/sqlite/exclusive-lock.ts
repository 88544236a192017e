import { chmodSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { sqliteErrorCode } from './sqlite-error.ts';

export interface ExclusiveLock {
  release(): void;
}

const sqliteBusy = 5;

/**
 * Takes an exclusive lock on a file, or returns null when another process holds it. It is a kernel lock, held by an open
 * transaction of SQLite: it ends with the process, even after a crash, and never becomes stale.
 */
export function tryExclusiveLock(path: string): ExclusiveLock | null {
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    chmodSync(path, 0o600);
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (sqliteErrorCode(error) === sqliteBusy) return null;
    throw error;
  }
  return { release: () => database.close() };
}
