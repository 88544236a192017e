import { chmod, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLocalProbes, probeStateDirectory } from '../../../src/adapters/doctor/local-probes.ts';
import { probeStore } from '../../../src/adapters/doctor/store-state.ts';
import { tryExclusiveLock } from '../../../src/adapters/sqlite/exclusive-lock.ts';
import { errors } from '../../../src/fleet/error-catalogue.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'pressluft-doctor-test-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const probesWith = (path: string) =>
  createLocalProbes({
    env: { PATH: path },
    stateDir: join(dir, 'state'),
    ansibleRoot: join(dir, 'ansible'),
    ansibleVenv: join(dir, 'venv'),
  });
const signal = new AbortController().signal;

async function program(name: string, script: string): Promise<void> {
  await mkdir(join(dir, 'bin'), { recursive: true });
  await writeFile(join(dir, 'bin', name), `#!/bin/sh\n${script}\n`);
  await chmod(join(dir, 'bin', name), 0o755);
}

describe('the probe of a tool', () => {
  it('reads the installed versions of git and ssh', async () => {
    const probes = probesWith(process.env.PATH ?? '');
    expect(await probes.toolVersion('git', signal)).toMatch(/^git version \d/);
    expect(await probes.toolVersion('ssh', signal)).toMatch(/^OpenSSH_\d/);
    expect(await probes.toolVersion('ssh-keygen', signal)).toBe('');
  });

  it('is null when the PATH has no executable file of that name', async () => {
    await mkdir(join(dir, 'bin', 'git'), { recursive: true });
    await writeFile(join(dir, 'bin', 'ssh'), 'not executable');
    const probes = probesWith(`${join(dir, 'missing')}:${join(dir, 'bin')}`);
    for (const tool of ['git', 'ssh', 'ssh-keygen'] as const)
      expect(await probes.toolVersion(tool, signal)).toBeNull();
  });

  it('takes the first line only', async () => {
    await program('git', 'echo git version 9.9.9; echo more');
    expect(await probesWith(join(dir, 'bin')).toolVersion('git', signal)).toBe('git version 9.9.9');
  });
});

describe('the probe of the state directory', () => {
  it('reports an existing one with its mode and free space', async () => {
    await mkdir(join(dir, 'state'), { mode: 0o750 });
    const facts = await probeStateDirectory(join(dir, 'state'));
    expect(facts).toMatchObject({ exists: true, isDirectory: true, writable: true, mode: 0o750 });
    expect(facts.freeBytes).toBeGreaterThan(0);
  });

  it('checks the nearest existing parent of a missing directory, and creates nothing', async () => {
    const facts = await probeStateDirectory(join(dir, 'a', 'b', 'c'));
    expect(facts).toMatchObject({ exists: false, isDirectory: true, writable: true, mode: null });
    expect(await readdir(dir)).toEqual([]);
  });

  it('finds nothing writable below a file', async () => {
    await writeFile(join(dir, 'file'), '');
    expect(await probeStateDirectory(join(dir, 'file', 'state'))).toMatchObject({
      exists: false,
      writable: false,
    });
    expect(await probeStateDirectory(join(dir, 'file'))).toMatchObject({
      exists: true,
      isDirectory: false,
      writable: false,
    });
  });
});

describe('the probe of the store', () => {
  const makeStore = () => {
    const database = new DatabaseSync(join(dir, 'store.sqlite'));
    database.exec('PRAGMA journal_mode = WAL; CREATE TABLE runs (id TEXT); INSERT INTO runs VALUES (1)');
    return database;
  };

  it('reports a missing store, and creates none', async () => {
    expect(await probeStore(dir)).toEqual({ kind: 'absent' });
    expect(await probeStore(join(dir, 'missing'))).toEqual({ kind: 'absent' });
    expect(await readdir(dir)).toEqual([]);
  });

  it('reports a sound store, and leaves no file and no change behind', async () => {
    makeStore().close();
    tryExclusiveLock(join(dir, 'lock.sqlite'))?.release();
    const files = await readdir(dir);
    const before = await stat(join(dir, 'store.sqlite'));
    expect(await probeStore(dir)).toEqual({ kind: 'good', sizeBytes: before.size });
    expect(await readdir(dir)).toEqual(files);
    expect((await stat(join(dir, 'store.sqlite'))).mtimeMs).toBe(before.mtimeMs);
  });

  it('names the holder of the lock, and does not disturb it', async () => {
    makeStore().close();
    const lock = tryExclusiveLock(join(dir, 'lock.sqlite'));
    await writeFile(join(dir, 'lock.json'), JSON.stringify({ pid: 4711, host: 'x', startedAt: 'y' }));
    expect(await probeStore(dir)).toEqual({ kind: 'in_use', pid: 4711 });
    expect(tryExclusiveLock(join(dir, 'lock.sqlite'))).toBeNull();
    lock?.release();
    expect(await probeStore(dir)).toMatchObject({ kind: 'good' });
  });

  it('reads one whose last writer crashed', async () => {
    const database = makeStore();
    database.exec('PRAGMA wal_autocheckpoint = 0; INSERT INTO runs VALUES (2)');
    expect(await readdir(dir)).toContain('store.sqlite-wal');
    expect(await probeStore(dir)).toMatchObject({ kind: 'good' });
    database.close();
  });

  it.each([
    ['no database', Buffer.from('this is no database, whatever its name says. '.repeat(50))],
    ['cut off', null],
  ])('finds one that is %s damaged', async (_name, content) => {
    if (content === null) {
      const database = makeStore();
      database.exec('CREATE TABLE big (x BLOB); INSERT INTO big SELECT randomblob(100000)');
      database.close();
      const { truncate } = await import('node:fs/promises');
      await truncate(join(dir, 'store.sqlite'), 8192);
    } else {
      await writeFile(join(dir, 'store.sqlite'), content);
    }
    expect(await probeStore(dir)).toMatchObject({ kind: 'damaged', reason: expect.stringMatching(/\w/) });
  });
});

describe('the probes of Ansible', () => {
  beforeEach(async () => {
    await mkdir(join(dir, 'ansible'));
    await writeFile(join(dir, 'ansible', 'requirements.txt'), 'ansible-core==2.19.14\n');
  });

  it('throw PL3013 with what to do when there is none', async () => {
    const probes = probesWith(join(dir, 'bin'));
    await expect(probes.ansible(signal)).rejects.toMatchObject({
      code: errors.ansibleMissing,
      hint: expect.stringMatching(/\w/),
    });
    await expect(probes.python(signal)).rejects.toMatchObject({ code: errors.ansibleMissing });
  });

  it('report the installed version', async () => {
    await program('ansible-playbook', 'echo "ansible-playbook [core 2.19.14]"');
    await program('python3', 'echo 3.11.2');
    const probes = probesWith(`${join(dir, 'bin')}:/usr/bin:/bin`);
    expect(await probes.ansible(signal)).toEqual({
      pinned: '2.19.14',
      installed: '2.19.14',
      directory: join(dir, 'bin'),
    });
    expect(await probes.python(signal)).toEqual({ file: 'python3', version: '3.11.2' });
  });
});

describe('the probe of the lab', () => {
  it('reports which tools are missing', async () => {
    await program('ip', 'true');
    const facts = await probesWith(join(dir, 'bin')).lab(signal);
    expect(facts.missingTools).toEqual(['systemd-nspawn', 'debootstrap', 'nft', 'unshare', 'flock']);
    expect(facts).toMatchObject({ linux: process.platform === 'linux', networkNamespaces: false });
  });
});
