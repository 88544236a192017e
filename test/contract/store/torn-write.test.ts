import { copyFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openStore } from '../../../src/adapters/sqlite/store.ts';
import { memoryLog } from '../../support/memory-log.ts';
import { seededRandom } from '../../support/seeded-random.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'pl-torn-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const writes = 40;

/** A store with its log as they are while it is open, after `writes` writes. */
function writtenStore(): string {
  const path = join(dir, 'store.sqlite');
  const store = openStore(path, { log: memoryLog() });
  for (let nth = 1; nth <= writes; nth++) {
    store.putValue('last', String(nth));
    store.putValue(`value-${nth}`, 'x'.repeat(nth * 37));
  }
  for (const suffix of ['', '-wal']) copyFileSync(path + suffix, `${join(dir, 'written')}${suffix}`);
  store.close();
  return join(dir, 'written');
}

/** Opens a copy whose log was changed by `damage`, as by a power failure, and returns the last write in it. */
function afterDamage(written: string, damage: (wal: string) => void): number {
  const path = join(dir, 'damaged');
  for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true });
  for (const suffix of ['', '-wal']) copyFileSync(written + suffix, path + suffix);
  damage(`${path}-wal`);
  const store = openStore(path, { log: memoryLog() });
  const last = Number(store.getValue('last') ?? 0);
  for (let nth = 1; nth < last; nth++) expect(store.getValue(`value-${nth}`)?.length).toBe(nth * 37);
  expect(store.getValue(`value-${last + 1}`)).toBeNull();
  store.putValue('last', 'goes on');
  expect(store.getValue('last')).toBe('goes on');
  store.close();
  return last;
}

test('a log that is truncated anywhere keeps the earlier writes, complete and in order', () => {
  const written = writtenStore();
  const { length } = readFileSync(`${written}-wal`);
  const random = seededRandom(3);
  const found = Array.from({ length: 40 }, () =>
    afterDamage(written, (wal) => truncateSync(wal, Math.floor(random.float() * length))),
  );
  expect(new Set(found).size).toBeGreaterThan(10);
  expect(afterDamage(written, () => undefined)).toBe(writes);
});

test('a write that the power failure tore does not affect earlier writes', () => {
  const written = writtenStore();
  const random = seededRandom(4);
  for (let round = 0; round < 20; round++) {
    const last = afterDamage(written, (wal) => {
      const bytes = readFileSync(wal);
      // The last pages have other content than the write.
      const from = bytes.length - 1 - Math.floor(random.float() * 12_000);
      for (let at = from; at < bytes.length; at++) bytes[at] = Math.floor(random.float() * 256);
      writeFileSync(wal, bytes);
    });
    expect(last).toBeGreaterThan(writes - 5);
  }
});
