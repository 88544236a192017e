import type { DatabaseSync } from 'node:sqlite';
import { errors } from '../../fleet/error-catalogue.ts';
import { PressluftError } from '../../fleet/errors.ts';

/** Applied in order, once each; `user_version` counts them. A released one is never edited. */
const migrations: readonly string[] = [
  `CREATE TABLE intent (
     id TEXT PRIMARY KEY,
     resource TEXT NOT NULL,
     kind TEXT NOT NULL,
     data TEXT NOT NULL,
     created_at REAL NOT NULL
   ) STRICT;
   CREATE TABLE retry (
     resource TEXT PRIMARY KEY,
     digest TEXT NOT NULL,
     failures INTEGER NOT NULL,
     next_attempt_at REAL NOT NULL,
     code TEXT NOT NULL,
     message TEXT NOT NULL,
     hint TEXT
   ) STRICT;
   CREATE TABLE value (
     key TEXT PRIMARY KEY,
     value TEXT NOT NULL
   ) STRICT;
   CREATE TABLE run (
     id TEXT PRIMARY KEY,
     commit_sha TEXT NOT NULL,
     started_at TEXT NOT NULL,
     document TEXT
   ) STRICT;
   CREATE TABLE run_step (
     run_id TEXT NOT NULL REFERENCES run (id) ON DELETE CASCADE,
     position INTEGER NOT NULL,
     step TEXT NOT NULL,
     PRIMARY KEY (run_id, position)
   ) STRICT, WITHOUT ROWID;`,
  `UPDATE value SET key = 'interrupted/' || substr(key, 7) WHERE key LIKE 'begun/%';`,
];

/** Migrates the schema in one transaction. Throws PL3011 for a file that a newer Pressluft wrote. */
export function migrate(database: DatabaseSync, path: string): void {
  if (versionOf(database) === migrations.length) return;
  database.exec('BEGIN IMMEDIATE');
  try {
    // Read again: another process may have migrated while this one waited for the lock.
    const version = versionOf(database);
    if (version > migrations.length) {
      throw new PressluftError(
        errors.storeUnusable,
        `${path} was made by a newer Pressluft (schema ${version})`,
        {
          hint: 'Run that version, or move the file away to start with an empty history.',
          retry: { kind: 'never' },
        },
      );
    }
    for (const sql of migrations.slice(version)) database.exec(sql);
    database.exec(`PRAGMA user_version = ${migrations.length}`);
    database.exec('COMMIT');
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

function versionOf(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA user_version').get()?.user_version ?? 0);
}
