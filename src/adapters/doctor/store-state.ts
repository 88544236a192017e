import { existsSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { messageOf } from '../../fleet/errors.ts';
import { parseJson } from '../../fleet/json-reader.ts';
import type { StoreFacts } from '../../ports/doctor-probes.ts';
import { sqliteErrorCode } from '../sqlite/sqlite-error.ts';

const sqliteBusy = 5;

/** Checks the store without opening it for writing, and who holds the state directory; leaves no file behind. */
export async function probeStore(stateDir: string): Promise<StoreFacts> {
  const path = join(stateDir, 'store.sqlite');
  if (isHeld(join(stateDir, 'lock.sqlite'))) return { kind: 'in_use', pid: await holderPid(stateDir) };
  if (!existsSync(path)) return { kind: 'absent' };
  try {
    const reason = inconsistency(path);
    return reason === null ? { kind: 'good', sizeBytes: statSync(path).size } : { kind: 'damaged', reason };
  } catch (error) {
    if (sqliteErrorCode(error) === sqliteBusy) return { kind: 'in_use', pid: null };
    return { kind: 'damaged', reason: messageOf(error) };
  }
}

/** The holder keeps an exclusive transaction open, so even reading is refused (docs/adr/0004). */
function isHeld(lockPath: string): boolean {
  if (!existsSync(lockPath)) return false;
  const database = new DatabaseSync(lockPath, { readOnly: true, timeout: 0 });
  try {
    database.prepare('SELECT count(*) FROM sqlite_schema').get();
    return false;
  } catch (error) {
    return sqliteErrorCode(error) === sqliteBusy;
  } finally {
    database.close();
  }
}

/**
 * The problem that SQLite reports for the file, or null. Nobody writes while the lock is free, so the file can be opened as immutable,
 * which creates no -wal and -shm files; only a -wal file left by a crash requires a normal open.
 */
function inconsistency(path: string): string | null {
  const immutable = pathToFileURL(path);
  immutable.searchParams.set('immutable', '1');
  const database = new DatabaseSync(existsSync(`${path}-wal`) ? path : immutable, { readOnly: true });
  try {
    const row = database.prepare('PRAGMA quick_check(1)').get();
    const finding = row === undefined ? 'no answer' : String(Object.values(row)[0]);
    return finding === 'ok' ? null : finding;
  } finally {
    database.close();
  }
}

async function holderPid(stateDir: string): Promise<number | null> {
  const text = await readFile(join(stateDir, 'lock.json'), 'utf8').catch(() => '');
  return parseJson(text)?.at('pid').number() ?? null;
}
