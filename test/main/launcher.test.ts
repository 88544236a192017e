import { execFile } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const launcher = join(import.meta.dirname, '../../bin/pressluft');

describe('the launcher', () => {
  let dir: string;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'pressluft-launcher-'));
  });

  afterEach(() => rm(dir, { recursive: true, force: true }));

  it('keeps compiled code below the cache directory of the user, which nobody else may write', async () => {
    const cache = join(dir, '.cache', 'pressluft', 'compile');
    expect(await started({ HOME: dir })).toContain(`cache=${cache}\n`);
    expect(statSync(cache).mode & 0o777).toBe(0o700);
  });

  it('prefers XDG_CACHE_HOME, and leaves a directory that was chosen already', async () => {
    const xdg = join(dir, 'xdg');
    expect(await started({ HOME: dir, XDG_CACHE_HOME: xdg })).toContain(`cache=${xdg}/pressluft/compile\n`);
    const chosen = await started({ HOME: dir, NODE_COMPILE_CACHE: '/somewhere' });
    expect(chosen).toContain('cache=/somewhere\n');
  });

  it.each([
    ['no home', {}],
    ['a home that is no directory', { HOME: '/dev/null' }],
    ['a file system without directories to give', { XDG_CACHE_HOME: '/proc/nowhere' }],
    ['a relative cache directory', { XDG_CACHE_HOME: 'relative' }],
  ])('starts without a cache given %s', async (_, env) => {
    expect(await started(env)).toContain('cache=\n');
    expect(existsSync(join(dir, 'relative'))).toBe(false);
  });

  it('hands every argument over as it is', async () => {
    expect(await started({}, ['a b', '*', ''])).toContain('[a b][*][]');
  });

  it('passes over a Node that is too old', async () => {
    const old = await stub('v22.1.0');
    const { stdout } = await run(launcher, ['--version'], {
      env: { PATH: process.env.PATH ?? '', PRESSLUFT_NODE: old },
    });
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  /** What the chosen Node was given. */
  async function started(env: Readonly<Record<string, string>>, args: readonly string[] = []) {
    const node = await stub('v24.0.0');
    const given = { PATH: process.env.PATH ?? '', PRESSLUFT_NODE: node, ...env };
    return (await run(launcher, args, { env: given, cwd: dir, timeout: 4000 })).stdout;
  }

  async function stub(version: string): Promise<string> {
    const path = join(dir, version);
    const script = [
      '#!/bin/sh',
      `if [ "$*" = --version ]; then echo ${version}; exit 0; fi`,
      `echo "cache=$NODE_COMPILE_CACHE"`,
      `printf '[%s]' "$@"`,
    ];
    await writeFile(path, script.join('\n'));
    await chmod(path, 0o755);
    return path;
  }
});
