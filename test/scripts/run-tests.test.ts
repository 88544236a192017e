import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');
/** What a fresh clone does not have; the packages are linked, one by one, so that caches among them are the copy's own. */
const notCloned: ReadonlySet<string> = new Set(['.git', '.venv', 'dist', 'node_modules']);
const timeoutMs = 600_000;

describe('the test run, in a copy of the project with nothing beside it', () => {
  let dir: string;
  let copy: string;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'pressluft-alone-'));
    copy = join(dir, 'a/b/c/pressluft');
    await mkdir(join(copy, 'node_modules'), { recursive: true });
    for (const name of await readdir(root)) {
      if (!notCloned.has(name)) await cp(join(root, name), join(copy, name), { recursive: true });
    }
    for (const name of await readdir(join(root, 'node_modules'))) {
      if (!name.startsWith('.vite'))
        await symlink(join(root, 'node_modules', name), join(copy, 'node_modules', name));
    }
  }, timeoutMs);
  afterAll(() => rm(dir, { recursive: true, force: true }));

  /** Without the variables of this test run. */
  function node(...args: readonly string[]) {
    const env = { PATH: process.env.PATH, HOME: dir, NO_COLOR: '1' };
    return run(process.execPath, args, { cwd: copy, env, timeout: timeoutMs, maxBuffer: 1e8 });
  }

  it(
    'loads the test files of every project',
    async () => {
      const vitest = join(copy, 'node_modules/vitest/vitest.mjs');
      const args = ['run', '--no-isolate', '--pool=threads', '--reporter=dot', '-t', 'the title of no test'];
      const { stdout } = await node(vitest, ...args);
      expect(stdout).toMatch(/Test Files {2}\d{3} skipped/);
    },
    timeoutMs,
  );

  it(
    'passes, says what was left out, and ends with its totals',
    async () => {
      const { stdout } = await node(
        'scripts/run-tests.ts',
        'unit',
        'sim',
        'lab-api/contract',
        'hetzner/openapi',
      );
      const lines = stdout.trimEnd().split('\n');
      const leftOut = lines.filter((line) => line.startsWith('left out: '));
      expect(leftOut).toEqual([
        expect.stringMatching(/^left out: \d+ tests of test\/lab-api\/contract.test.ts$/),
        expect.stringMatching(/^left out: \d+ tests of test\/sim\/hetzner\/openapi.test.ts$/),
        expect.stringContaining('PRESSLUFT_TEST_OPENAPI'),
      ]);
      const skipped = leftOut.reduce((sum, line) => sum + Number(/: (\d+) tests/.exec(line)?.[1] ?? 0), 0);
      expect(skipped).toBeGreaterThan(20);
      expect(lines.at(-1)).toBe(`0 passed, 0 failed, ${skipped} skipped`);
      const slowest = lines.indexOf('slowest files:');
      expect(lines.slice(slowest + 1, slowest + 3)).toEqual([
        expect.stringMatching(/^ +[\d.]+ s {2}test\//),
        expect.stringMatching(/^ +[\d.]+ s {2}test\//),
      ]);
    },
    timeoutMs,
  );
});
