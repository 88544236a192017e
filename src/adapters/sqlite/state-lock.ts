import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { errors } from '../../fleet/error-catalogue.ts';
import { PressluftError } from '../../fleet/errors.ts';
import { isRunning, type ProcessIdentity, thisProcess } from '../process/process-identity.ts';
import { tryExclusiveLock } from './exclusive-lock.ts';
import { storeError } from './sqlite-error.ts';

export interface StateLock {
  release(): void;
}

interface Holder extends ProcessIdentity {
  readonly host: string;
  /** RFC 3339. */
  readonly since: string;
}

/**
 * Makes this process the only one that manages the fleet of this state directory, until it releases the lock or ends,
 * even by a crash. Throws PL3010 that names the holder.
 */
export function acquireStateLock(dir: string): StateLock {
  const path = join(dir, 'lock.sqlite');
  const holderPath = join(dir, 'lock.json');
  const lock = attempt(dir, path);
  if (lock === null) throw inUse(dir, readHolder(holderPath));
  try {
    writeHolder(holderPath);
  } catch (error) {
    lock.release();
    throw storeError(holderPath, error);
  }
  let released = false;
  return {
    release() {
      if (released) return;
      released = true;
      rmSync(holderPath, { force: true });
      lock.release();
    },
  };
}

function attempt(dir: string, path: string) {
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    return tryExclusiveLock(path);
  } catch (error) {
    throw storeError(path, error);
  }
}

/** Informational: the kernel holds the lock itself. */
function writeHolder(path: string): void {
  const holder: Holder = { ...thisProcess(), host: hostname(), since: new Date().toISOString() };
  writeFileSync(`${path}.new`, JSON.stringify(holder), { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

/** Null when the file is missing or was left by a process that no longer exists (the holder is about to replace it). */
function readHolder(path: string): Holder | null {
  try {
    const holder = JSON.parse(readFileSync(path, 'utf8')) as Holder;
    const plausible = Number.isSafeInteger(holder.pid) && typeof holder.host === 'string';
    const gone = holder.host === hostname() && !isRunning(holder);
    return plausible && !gone ? holder : null;
  } catch {
    return null;
  }
}

function inUse(dir: string, holder: Holder | null): PressluftError {
  if (holder === null) {
    return new PressluftError(errors.stateLocked, `${dir} is in use by another process`, {
      hint: `Find it with \`fuser ${join(dir, 'lock.sqlite')}\` and stop it, or choose another state directory.`,
    });
  }
  const where = holder.host === hostname() ? '' : ` on ${holder.host}`;
  return new PressluftError(
    errors.stateLocked,
    `${dir} is in use by process ${holder.pid}${where}, since ${holder.since}`,
    {
      hint: `Stop it first${where === '' ? ` (\`kill ${holder.pid}\`)` : ''}, or choose another state directory.`,
      details: { pid: holder.pid, host: holder.host, since: holder.since },
    },
  );
}
