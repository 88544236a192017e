import { errors } from '../../fleet/error-catalogue.ts';
import { PressluftError } from '../../fleet/errors.ts';

const sqliteFull = 13;

/** Primary result code of SQLite (https://www.sqlite.org/rescode.html), or undefined for any other error. */
export function sqliteErrorCode(error: unknown): number | undefined {
  const { code, errcode } = error as { readonly code?: unknown; readonly errcode?: unknown };
  return code === 'ERR_SQLITE_ERROR' && typeof errcode === 'number' ? errcode & 0xff : undefined;
}

/** The store's error for an error of SQLite or the file system: PL3012 when the disk is full, otherwise PL3011. */
export function storeError(path: string, error: unknown): PressluftError {
  if (error instanceof PressluftError) return error;
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  if (sqliteErrorCode(error) === sqliteFull || code === 'ENOSPC' || code === 'EDQUOT') {
    return new PressluftError(errors.diskFull, `The disk that holds ${path} is full`, {
      hint: 'Free some space; Pressluft continues by itself.',
      cause: error,
    });
  }
  return new PressluftError(errors.storeUnusable, `${path}: ${String(message ?? error)}`, {
    hint: hintFor(sqliteErrorCode(error), path),
    cause: error,
  });
}

function hintFor(code: number | undefined, path: string): string {
  switch (code) {
    case 11: // SQLITE_CORRUPT
    case 26: // SQLITE_NOTADB
      return `The file is damaged. Move ${path} and its -wal and -shm files away and start again: the fleet is observed again, only the local history of runs is lost.`;
    case 5: // SQLITE_BUSY
    case 6: // SQLITE_LOCKED
      return 'Another program has the file open for writing; close it.';
    case 8: // SQLITE_READONLY
    case 14: // SQLITE_CANTOPEN
      return 'Check that the directory exists, and that this user may write to it and to the file.';
    default:
      return 'Check the disk and the permissions of the state directory.';
  }
}
