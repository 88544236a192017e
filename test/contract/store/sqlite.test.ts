import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { acquireStateLock } from '../../../src/adapters/sqlite/state-lock.ts';
import { openStore } from '../../../src/adapters/sqlite/store.ts';
import { errors } from '../../../src/fleet/error-catalogue.ts';
import type { Log } from '../../../src/ports/log.ts';
import { describeStore, intentOf } from './store-contract.ts';

const log: Log = { debug() {}, info() {}, warn() {}, error() {}, child: () => log };
const modules = new URL('../../../src/adapters/sqlite/', import.meta.url).href;

let directory: string;
let path: string;

function makeDirectory(): void {
  directory = mkdtempSync(join(tmpdir(), 'pl-store-'));
  path = join(directory, 'store.sqlite');
}

describeStore('SQLite', () => {
  makeDirectory();
  return {
    maxRuns: 5,
    open: () => openStore(path, { log, maxRuns: 5 }),
    close: () => rmSync(directory, { recursive: true, force: true }),
  };
});

/** Runs a program in another process until it prints, and returns it still running. */
async function startProgram(source: string) {
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', source], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const output = await new Promise<string>((resolve) => {
    child.stdout.once('data', (chunk: Buffer) => resolve(String(chunk)));
    child.once('exit', () => resolve(''));
  });
  const kill = () =>
    new Promise((resolve) => {
      child.once('exit', resolve);
      child.kill('SIGKILL');
    });
  return { pid: child.pid ?? 0, output, kill };
}

describe('SQLite store', () => {
  beforeEach(makeDirectory);
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it('is readable by its user only, side files included', () => {
    writeFileSync(path, '', { mode: 0o644 });
    const store = openStore(path, { log });
    store.putValue('k', 'v');
    for (const suffix of ['', '-wal', '-shm']) expect(statSync(path + suffix).mode & 0o777).toBe(0o600);
    store.close();
  });

  it('keeps a write when the process is killed right after it', async () => {
    const program = await startProgram(
      `import { openStore } from '${modules}store.ts';
       const log = { debug() {}, info() {}, warn() {}, error() {}, child: () => log };
       const store = openStore(${JSON.stringify(path)}, { log });
       store.putValue('k', 'durable'); process.stdout.write('written'); setInterval(() => {}, 1000);`,
    );
    expect(program.output).toBe('written');
    await program.kill();
    const store = openStore(path, { log });
    expect(store.getValue('k')).toBe('durable');
    store.close();
  });

  it('lets another process read while it writes', () => {
    const one = openStore(path, { log });
    const two = openStore(path, { log });
    one.putValue('k', 'v');
    expect(two.getValue('k')).toBe('v');
    two.putValue('k', 'w');
    expect(one.getValue('k')).toBe('w');
    one.close();
    two.close();
  });

  it('throws PL3011 for a damaged file, with a hint', () => {
    writeFileSync(path, 'this is no database, but long enough to be taken for one'.repeat(100));
    expect(() => openStore(path, { log })).toThrow(
      expect.objectContaining({ code: errors.storeUnusable, hint: expect.stringContaining('Move') }),
    );
  });

  it('throws PL3011 for a directory that does not exist', () => {
    expect(() => openStore(join(directory, 'none', 'store.sqlite'), { log })).toThrow(
      expect.objectContaining({ code: errors.storeUnusable }),
    );
  });

  it('throws PL3011 for a file of a newer version, and leaves it unchanged', () => {
    openStore(path, { log }).close();
    const database = new DatabaseSync(path);
    database.exec('PRAGMA user_version = 99');
    database.close();
    expect(() => openStore(path, { log })).toThrow(
      expect.objectContaining({ code: errors.storeUnusable, message: expect.stringContaining('newer') }),
    );
  });

  it('still knows the interrupted creates that a store of schema 1 has under the former name', () => {
    openStore(path, { log }).close();
    const database = new DatabaseSync(path);
    database.exec(`INSERT INTO value VALUES ('begun/abc', 'web-1'), ('status-branch', 'begun/x')`);
    database.exec('PRAGMA user_version = 1');
    database.close();
    const store = openStore(path, { log });
    expect(store.getValue('interrupted/abc')).toBe('web-1');
    expect(store.getValue('begun/abc')).toBeNull();
    expect(store.getValue('status-branch')).toBe('begun/x');
    store.close();
  });

  it('throws PL3011 after it was closed', () => {
    const store = openStore(path, { log });
    store.close();
    expect(() => store.putValue('k', 'v')).toThrow(expect.objectContaining({ code: errors.storeUnusable }));
  });

  it.skipIf(userInfo().uid !== 0 || process.platform !== 'linux')(
    'throws PL3012 when the disk is full, and continues when there is space again',
    () => {
      const mount = join(directory, 'small');
      mkdirSync(mount);
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=512k', 'none', mount]);
      try {
        const store = openStore(join(mount, 'store.sqlite'), { log });
        store.putValue('before', 'v');
        writeFileSync(join(mount, 'ballast'), Buffer.alloc(200_000));
        const fill = () => {
          for (let index = 0; index < 1000; index += 1)
            store.putIntent(intentOf(`i${index}-${'x'.repeat(2000)}`));
        };
        expect(fill).toThrow(expect.objectContaining({ code: errors.diskFull }));
        expect(store.getValue('before')).toBe('v');
        rmSync(join(mount, 'ballast'));
        store.putValue('after', 'v');
        expect(store.getValue('after')).toBe('v');
        store.close();
      } finally {
        execFileSync('umount', ['-l', mount]);
      }
    },
  );
});

describe('state lock', () => {
  beforeEach(makeDirectory);
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const holderProgram = () =>
    `import { acquireStateLock } from '${modules}state-lock.ts';
     acquireStateLock(${JSON.stringify(directory)}); process.stdout.write('held'); setInterval(() => {}, 1000);`;

  it('is held by one process at a time', () => {
    const lock = acquireStateLock(directory);
    expect(() => acquireStateLock(directory)).toThrow(expect.objectContaining({ code: errors.stateLocked }));
    lock.release();
    lock.release();
    acquireStateLock(directory).release();
  });

  it('names the process that holds it, and is free when that process is killed', async () => {
    const holder = await startProgram(holderProgram());
    expect(holder.output).toBe('held');
    expect(() => acquireStateLock(directory)).toThrow(
      expect.objectContaining({
        code: errors.stateLocked,
        message: expect.stringContaining(`process ${holder.pid}`),
        hint: expect.stringContaining(`kill ${holder.pid}`),
      }),
    );
    await holder.kill();
    acquireStateLock(directory).release();
  });

  it('ignores the holder file of a dead process', async () => {
    const holder = await startProgram(holderProgram());
    await holder.kill();
    const database = new DatabaseSync(join(directory, 'lock.sqlite'));
    database.exec('BEGIN EXCLUSIVE');
    expect(() => acquireStateLock(directory)).toThrow(
      expect.objectContaining({
        code: errors.stateLocked,
        message: expect.stringContaining('another process'),
      }),
    );
    database.close();
  });
});
