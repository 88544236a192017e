import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeTarGz, writeZip } from '../../src/lab/mirror/archive-writer.ts';
import { readPharEntry } from '../../src/lab/mirror/phar.ts';
import { collectFiles } from '../../src/lab/mirror/source-files.ts';

let dir: string;
const mtime = 1_760_000_000;
const longName = `${'d'.repeat(90)}/${'f'.repeat(90)}.php`;
const big = Buffer.alloc(200_000, 'wordpress ');

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'pressluft-mirror-'));
  await mkdir(join(dir, 'tree/sub'), { recursive: true });
  await mkdir(join(dir, 'tree', 'd'.repeat(90)), { recursive: true });
  await writeFile(join(dir, 'tree/b.php'), '<?php // b');
  await writeFile(join(dir, 'tree/a-empty'), '');
  await writeFile(join(dir, 'tree/sub/big.bin'), big);
  await writeFile(join(dir, 'tree', longName), 'long');
  await mkdir(join(dir, 'shared'));
  await writeFile(join(dir, 'shared/real.js'), 'real');
  await symlink('../shared/real.js', join(dir, 'tree/relative.js'));
  await symlink('/shared/real.js', join(dir, 'tree/absolute.js'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const names = ['a-empty', 'absolute.js', 'b.php', longName, 'relative.js', 'sub/big.bin'];

describe('an archive', () => {
  it('is unpacked by tar with the given names, contents, modes and time', async () => {
    const files = await collectFiles(join(dir, 'tree'), dir);
    expect(files.map(({ path }) => path)).toEqual(names);
    const written = await writeTarGz(join(dir, 'a.tar.gz'), 'top', files, mtime);
    const bytes = await readFile(join(dir, 'a.tar.gz'));
    expect(written).toEqual({
      sha256: createHash('sha256').update(bytes).digest('hex'),
      sizeBytes: bytes.length,
    });

    execFileSync('tar', ['-xzf', join(dir, 'a.tar.gz'), '-C', dir]);
    expect(await readFile(join(dir, 'top/sub/big.bin'))).toEqual(big);
    expect(await readFile(join(dir, 'top', longName), 'utf8')).toBe('long');
    expect(await readFile(join(dir, 'top/absolute.js'), 'utf8')).toBe('real');
    const listing = execFileSync('tar', ['-tvzf', join(dir, 'a.tar.gz'), '--utc'], { encoding: 'utf8' });
    expect(listing).toMatch(/-rw-r--r-- root\/root\s+10 2025-10-09 08:53 top\/b.php/);
    expect(listing).toMatch(/drwxr-xr-x root\/root\s+0 2025-10-09 08:53 top\/sub\//);
  });

  it('is readable as zip, with valid checksums', async () => {
    const files = await collectFiles(join(dir, 'tree'), dir);
    await writeZip(join(dir, 'a.zip'), 'zipped', files, mtime);
    const script = [
      'import sys, zipfile',
      'z = zipfile.ZipFile(sys.argv[1])',
      'assert z.testzip() is None',
      'print("\\n".join(i.filename for i in z.infolist() if not i.is_dir()))',
      'i = z.getinfo("zipped/b.php")',
      'print(oct(i.external_attr >> 16), i.date_time)',
    ].join('\n');
    const output = execFileSync('python3', ['-c', script, join(dir, 'a.zip')], { encoding: 'utf8' });
    expect(output.trim().split('\n')).toEqual([
      ...names.map((name) => `zipped/${name}`),
      '0o100644 (2025, 10, 9, 8, 53, 20)',
    ]);
  });

  it('has the same bytes at any time and on any host', async () => {
    const first = await collectFiles(join(dir, 'tree'), dir);
    const one = await writeTarGz(join(dir, 'one.tar.gz'), 'top', first, mtime);
    const oneZip = await writeZip(join(dir, 'one.zip'), 'top', first, mtime);
    await utimes(join(dir, 'tree/b.php'), 1, 1);
    const second = await collectFiles(join(dir, 'tree'), dir);
    expect(await writeTarGz(join(dir, 'two.tar.gz'), 'top', second, mtime)).toEqual(one);
    expect(await writeZip(join(dir, 'two.zip'), 'top', second, mtime)).toEqual(oneZip);
  });

  it('does not depend on the time zone of the host or on its daylight saving time', async () => {
    const files = await collectFiles(join(dir, 'tree'), dir);
    // 02:30 on the day on which daylight saving time starts in Berlin.
    const skipped = Date.UTC(2025, 2, 30, 2, 30) / 1000;
    const before = process.env.TZ;
    const written = [];
    try {
      for (const zone of ['UTC', 'Europe/Berlin', 'Asia/Kathmandu']) {
        process.env.TZ = zone;
        const name = join(dir, zone.replace('/', '-'));
        written.push([
          await writeTarGz(`${name}.tar.gz`, 'top', files, skipped),
          await writeZip(`${name}.zip`, 'top', files, skipped),
        ]);
      }
    } finally {
      if (before === undefined) delete process.env.TZ;
      else process.env.TZ = before;
    }
    expect(written[1]).toEqual(written[0]);
    expect(written[2]).toEqual(written[0]);
  });

  it('with an unreadable source fails', async () => {
    const files = [{ path: 'gone', source: join(dir, 'tree/gone') }];
    await expect(writeTarGz(join(dir, 'gone.tar.gz'), 'top', files, mtime)).rejects.toThrow(/ENOENT/);
    await expect(writeZip(join(dir, 'gone.zip'), 'top', files, mtime)).rejects.toThrow(/ENOENT/);
  });
});

describe('collecting files', () => {
  it('refuses a link to a path outside the unpacked tree', async () => {
    await mkdir(join(dir, 'evil'));
    await symlink('../../../../../../etc/passwd', join(dir, 'evil/escape'));
    await expect(collectFiles(join(dir, 'evil'), dir)).rejects.toThrow(/outside/);
  });

  it('refuses a dangling link and a cycle of links', async () => {
    await mkdir(join(dir, 'bad1'));
    await mkdir(join(dir, 'bad2'));
    await symlink('nothing', join(dir, 'bad1/dangling'));
    await symlink('circle', join(dir, 'bad2/circle'));
    await expect(collectFiles(join(dir, 'bad1'), dir)).rejects.toThrow(/missing/);
    await expect(collectFiles(join(dir, 'bad2'), dir)).rejects.toThrow(/link/);
  });
});

describe('reading a PHP archive', () => {
  it('finds a stored file by its name', () => {
    const entry = (name: string, content: string) => {
      const head = Buffer.alloc(4 + name.length + 24);
      head.writeUInt32LE(name.length, 0);
      head.write(name, 4);
      head.writeUInt32LE(content.length, 4 + name.length);
      head.writeUInt32LE(content.length, 12 + name.length);
      return head;
    };
    const entries = Buffer.concat([entry('x.php', 'xx'), entry('lib/VERSION', '2.12.0')]);
    const head = Buffer.alloc(4 + 4 + 2 + 4 + 4 + 4);
    head.writeUInt32LE(head.length - 4 + entries.length, 0);
    head.writeUInt32LE(2, 4);
    const stub = Buffer.from('<?php __HALT_COMPILER(); ?>\r\n');
    const phar = Buffer.concat([stub, head, entries, Buffer.from('xx2.12.0')]);

    expect(readPharEntry(phar, 'lib/VERSION')?.toString()).toBe('2.12.0');
    expect(readPharEntry(phar, 'lib/OTHER')).toBeUndefined();
    expect(readPharEntry(Buffer.from('no phar'), 'lib/VERSION')).toBeUndefined();
  });
});
