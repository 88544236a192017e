import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createGitRepository, type GitRepositoryOptions } from '../../../src/adapters/git/git-repository.ts';
import { errors } from '../../../src/fleet/error-catalogue.ts';
import { memoryLog } from '../../support/memory-log.ts';
import { commitOn, git, tipOf } from './fixture.ts';
import { localRemote, type RealRemote } from './remotes.ts';

const status = 'pressluft/status';

describe('the local clone', () => {
  let dir: string;
  let clone: string;
  let remote: RealRemote;
  let log: ReturnType<typeof memoryLog>;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'pressluft-git-local-'));
    clone = join(dir, 'clone');
    remote = await localRemote();
    log = memoryLog();
  });
  afterEach(async () => {
    await remote.close();
    await rm(dir, { recursive: true, force: true });
  });

  const open = (options: Partial<GitRepositoryOptions> = {}) =>
    createGitRepository({ dir: clone, url: remote.repository, branch: 'main', log, ...options });
  const push = (content: string) =>
    commitOn(remote.repository, 'main', { 'a.yaml': content, 'dir/b.yaml': 'same' });
  const wasReplaced = () => log.lines.some(({ message }) => message.includes('replaced the damaged'));

  it('is bare, private, without hooks, and has no work tree', async () => {
    push('1');
    await (await open()).fetch(status);
    expect(git(clone, ['rev-parse', '--is-bare-repository'])).toBe('true');
    expect(await readdir(clone)).not.toContain('hooks');
    expect(await readdir(dir)).toEqual(['clone', 'clone.followed']);
  });

  it.each([
    ['a pack that was cut off', async () => cutPacks()],
    ['a lost object directory', async () => rm(join(clone, 'objects'), { recursive: true })],
    ['a broken configuration', async () => writeFile(join(clone, 'config'), '[core\n')],
    ['no HEAD', async () => rm(join(clone, 'HEAD'))],
    [
      'a ref to nothing',
      async () => {
        await mkdir(join(clone, 'refs/pressluft/incoming'), { recursive: true });
        await writeFile(join(clone, 'refs/pressluft/incoming/main'), `${'1'.repeat(40)}\n`);
      },
    ],
  ])('is replaced with a warning when it is opened with %s', async (_, damage) => {
    const tip = push('1');
    const before = await open();
    await before.fetch(status);
    git(clone, ['repack', '-a', '-d', '-q']);
    git(clone, ['pack-refs', '--all']);
    await damage();
    const repository = await open();
    expect(wasReplaced()).toBe(true);
    expect((await repository.fetch(status)).source).toBe(tip);
    expect(await repository.list(tip)).toHaveLength(2);
    expect(await readdir(dir)).toEqual(['clone', 'clone.followed']);
  });

  it('is replaced at the next fetch when an object turns out to be damaged while it is in use', async () => {
    const tip = push('1');
    const repository = await open();
    await repository.fetch(status);
    git(clone, ['repack', '-a', '-d', '-q']);
    await cutPacks();
    await expect(repository.list(tip)).rejects.toMatchObject({ code: errors.cloneIncomplete });
    expect((await repository.fetch(status)).source).toBe(tip);
    expect(wasReplaced()).toBe(true);
    expect(await repository.list(tip)).toHaveLength(2);
  });

  it('still does not follow a rewritten branch after it was replaced', async () => {
    const followed = push('1');
    const repository = await open();
    await repository.fetch(status);
    commitOn(remote.repository, 'main', { 'a.yaml': 'other' }, { parent: null });
    git(clone, ['repack', '-a', '-d', '-q']);
    await cutPacks();
    await expect(repository.list(followed)).rejects.toMatchObject({ code: errors.cloneIncomplete });
    await expect(repository.fetch(status)).rejects.toMatchObject({ code: errors.branchRewritten });
  });

  it('reports a damaged remote, and does not replace the clone for it', async () => {
    const repository = await open();
    push('1');
    await repository.fetch(status);
    const blob = git(remote.repository, ['hash-object', '-w', '--stdin'], 'soon gone');
    commitOn(remote.repository, 'main', { 'a.yaml': { oid: blob } });
    await rm(join(remote.repository, 'objects', blob.slice(0, 2), blob.slice(2)), { force: true });
    await expect(repository.fetch(status)).rejects.toMatchObject({
      code: expect.stringMatching(/^PL300[289]$/),
    });
    expect(wasReplaced()).toBe(false);
    expect(await repository.tips(status)).toMatchObject({ source: expect.any(String) });
  });

  it('is whole after SIGKILL at any moment of a fetch', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 300 }, (_, index) => [
        `f${index}.yaml`,
        { oid: blobOf(`content ${index} `.repeat(200)) },
      ]),
    );
    const tip = commitOn(remote.repository, 'main', files);
    const script = join(dir, 'fetch.ts');
    await writeFile(
      script,
      `import { createGitRepository } from ${JSON.stringify(join(import.meta.dirname, '../../../src/adapters/git/git-repository.ts'))};
       const repository = await createGitRepository({ dir: process.argv[2], url: process.argv[3], branch: 'main' });
       process.stdout.write('fetching\\n');
       await repository.fetch('${status}');
       process.stdout.write('done\\n');`,
    );
    for (const delayMs of [0, 5, 10, 15, 20, 30, 40, 60]) {
      await rm(clone, { recursive: true, force: true });
      const child = spawn(process.execPath, [script, clone, remote.repository], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await once(child.stdout, 'data');
      await sleep(delayMs);
      child.kill('SIGKILL');
      await once(child, 'exit');
      const repository = await open();
      expect((await repository.fetch(status)).source).toBe(tip);
      expect(await repository.list(tip)).toHaveLength(300);
      expect(git(clone, ['fsck', '--no-dangling'])).toBe('');
    }
  });

  it('lists names that would be dangerous in a work tree unchanged', async () => {
    const commit = commitOfRaw([
      ['100644', '.git'],
      ['100644', 'a\u001b[31m\nb'],
      ['100755', Buffer.from([0xff, 0xfe])],
    ]);
    git(remote.repository, ['update-ref', 'refs/heads/main', commit]);
    const repository = await open();
    const { source } = await repository.fetch(status);
    const files = await repository.list(source);
    expect(files.map(({ path }) => path)).toEqual(['.git', 'a\u001b[31m\nb', '\ufffd\ufffd']);
    expect(await readdir(dir)).toEqual(['clone', 'clone.followed']);

    const changed = await repository.commit({
      parent: source,
      changes: new Map([['ok.yaml', '1']]),
      message: 'm',
      at: 0,
    });
    const names = git(clone, ['ls-tree', '-z', '--name-only', changed]).split('\0');
    expect(names).toContain('ok.yaml');
    expect(names).toHaveLength(5);
  });

  it.each(['..', 'sub/../../etc/passwd'])('reports a tree with the entry %s as damaged', async (name) => {
    git(remote.repository, ['update-ref', 'refs/heads/main', commitOfRaw([['100644', name]])]);
    const repository = await open();
    const { source } = await repository.fetch(status);
    await expect(repository.list(source)).rejects.toMatchObject({ code: errors.cloneIncomplete });
    expect(await readdir(dir)).toEqual(['clone', 'clone.followed']);
  });

  it('quickly refuses trees that expand to an endless number of paths', async () => {
    const blob = blobOf('x');
    const list = (mode: string, type: string, oid: string) =>
      git(
        remote.repository,
        ['mktree', '-z'],
        Array.from(
          { length: 12 },
          (_, index) => `${mode} ${type} ${oid}\td${String.fromCharCode(97 + index)}\0`,
        ).join(''),
      );
    let tree = list('100644', 'blob', blob);
    for (let depth = 0; depth < 9; depth += 1) tree = list('040000', 'tree', tree);
    git(remote.repository, [
      'update-ref',
      'refs/heads/main',
      git(remote.repository, ['commit-tree', tree, '-m', 'bomb']),
    ]);
    const repository = await open();
    const { source } = await repository.fetch(status);
    await expect(repository.list(source)).rejects.toMatchObject({
      code: errors.cloneIncomplete,
      retry: { kind: 'never' },
    });
  });

  it('calls back when somebody pushes after the refs of the watched repository were packed', async () => {
    push('1');
    const repository = await open();
    await repository.fetch(status);
    let calls = 0;
    const stop = await repository.watch(() => {
      calls += 1;
    });
    try {
      git(remote.repository, ['pack-refs', '--all']);
      await sleep(300);
      const before = calls;
      push('2');
      for (let waited = 0; waited < 100 && calls === before; waited += 1) await sleep(30);
      expect(calls).toBeGreaterThan(before);
    } finally {
      await stop();
    }
  });

  it('packs itself when many fetches left many packs', async () => {
    push('0');
    const repository = await open();
    await repository.fetch(status);
    for (let index = 0; index < 52; index += 1) {
      const blob = git(clone, ['hash-object', '-w', '--stdin'], `pack ${index}`);
      git(clone, ['pack-objects', '-q', join(clone, 'objects/pack/pack')], `${blob}\n`);
    }
    const tip = push('1');
    await repository.fetch(status);
    const packs = (await readdir(join(clone, 'objects/pack'))).filter((name) => name.endsWith('.pack'));
    expect(packs.length).toBeLessThan(10);
    expect(await repository.list(tip)).toHaveLength(2);
  });

  it('works again after the disk was full', async (context) => {
    const mount = await smallFileSystem(dir);
    if (mount === null) {
      process.stdout.write('not root, or mount is not allowed: a full disk is not tested\n');
      return context.skip();
    }
    try {
      clone = join(mount.path, 'clone');
      push('1');
      const repository = await open();
      await repository.fetch(status);
      await mount.fill();
      const blob = blobOf(
        Buffer.from(
          Array.from({ length: 600_000 }, (_, index) => (index * 7919 * (index >> 3)) % 251),
        ).toString('latin1'),
      );
      const tip = commitOn(remote.repository, 'main', { 'big.bin': { oid: blob } });
      await expect(repository.fetch(status)).rejects.toMatchObject({ code: errors.diskFull });
      const changes = new Map([['status/a.yaml', 'x'.repeat(100_000)]]);
      await expect(repository.commit({ parent: null, changes, message: 'm', at: 0 })).rejects.toMatchObject({
        code: errors.diskFull,
      });
      await mount.free();
      expect((await repository.fetch(status)).source).toBe(tip);
      const commit = await repository.commit({ parent: null, changes, message: 'm', at: 0 });
      await repository.push(status, commit, null);
      expect(tipOf(remote.repository, status)).toBe(commit);
      expect(git(clone, ['fsck', '--no-dangling'])).toBe('');
      expect(wasReplaced()).toBe(false);
    } finally {
      await mount.close();
    }
  });

  /** A commit of a tree that git itself would not create. */
  function commitOfRaw(entries: readonly (readonly [mode: string, name: string | Buffer])[]): string {
    const blob = blobOf('x');
    const tree = git(
      remote.repository,
      ['hash-object', '-t', 'tree', '-w', '--stdin', '--literally'],
      Buffer.concat(
        entries.flatMap(([mode, name]) => [
          Buffer.from(`${mode} `),
          Buffer.from(name),
          Buffer.from([0]),
          Buffer.from(blob, 'hex'),
        ]),
      ),
    );
    return git(remote.repository, ['commit-tree', tree, '-m', 'odd']);
  }

  function blobOf(content: string): string {
    return git(remote.repository, ['hash-object', '-w', '--stdin'], content);
  }

  async function cutPacks(): Promise<void> {
    const packs = join(clone, 'objects/pack');
    for (const name of await readdir(packs)) {
      if (!name.endsWith('.pack')) continue;
      await chmod(join(packs, name), 0o644);
      const copy = await readFile(join(packs, name));
      // A new file: the old one may still be mapped by a process.
      await writeFile(join(packs, 'copy'), copy);
      await truncate(join(packs, 'copy'), 40);
      await rename(join(packs, 'copy'), join(packs, name));
    }
  }
});

interface SmallFileSystem {
  readonly path: string;
  fill(): Promise<void>;
  free(): Promise<void>;
  close(): Promise<void>;
}

async function smallFileSystem(dir: string): Promise<SmallFileSystem | null> {
  const path = join(dir, 'small');
  await mkdir(path);
  const run = async (file: string, args: readonly string[]) => {
    const child = spawn(file, args, { stdio: 'ignore' });
    const [code] = await Promise.race([once(child, 'exit'), once(child, 'error').then(() => [1])]);
    return code === 0;
  };
  if (!(await run('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', path]))) return null;
  return {
    path,
    async fill() {
      const chunk = Buffer.alloc(4096);
      for (let index = 0; index < 1024; index += 1) {
        const full = await writeFile(join(path, `fill-${index}`), chunk).then(
          () => false,
          () => true,
        );
        if (full) break;
      }
    },
    async free() {
      for (const name of await readdir(path)) {
        if (name.startsWith('fill-')) await rm(join(path, name));
      }
    },
    async close() {
      await run('umount', ['-l', path]);
    },
  };
}
