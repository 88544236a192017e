import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createGitRepository } from '../../src/adapters/git/git-repository.ts';
import type { CommitSha } from '../../src/fleet/brand.ts';
import { errors } from '../../src/fleet/error-catalogue.ts';
import { readTree } from '../../src/main/read-tree.ts';
import { repositoryFiles } from '../../src/main/repository-files.ts';
import { diagnosticCodes } from '../../src/manifest/diagnostics/catalogue.ts';
import { renderDiagnosticsText } from '../../src/manifest/index.ts';
import type { GitRepository } from '../../src/ports/git-repository.ts';
import { loadDesired } from '../../src/reconcile/load-desired.ts';
import { createPassMemory } from '../../src/reconcile/memory.ts';
import { type RawEntry, type RawRepository, rawRepository } from './raw-repository.ts';

const run = promisify(execFile);
const statusBranch = 'pressluft/status';
const root = join(import.meta.dirname, '../..');

let dir: string;
let remote: RawRepository;
let sound: readonly RawEntry[];
let git: GitRepository;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'pressluft-hostile-'));
  remote = await rawRepository(join(dir, 'remote.git'));
  sound = await remote.files({
    'pressluft.yaml': await readFile(join(root, 'example-repo/pressluft.yaml'), 'utf8'),
  });
  git = await createGitRepository({ dir: join(dir, 'clone'), url: remote.dir, branch: 'main' });
});
afterEach(async () => {
  await rm(dir, { recursive: true, force: true });
});

/** Fetches and reads the manifests, as a pass does. */
async function pass() {
  const { source } = await git.fetch(statusBranch);
  return await loadDesired(git, source, createPassMemory(), {});
}

async function tree(...entries: readonly RawEntry[]): Promise<CommitSha> {
  return await remote.commit(await remote.tree([...sound, ...entries]));
}

const refused = (code: string) => expect.objectContaining({ code, name: 'PressluftError' });

/** All files of the clone except its objects. */
async function cloneFiles(): Promise<readonly string[]> {
  const all = await readdir(join(dir, 'clone'), { recursive: true });
  return all.filter((path) => !path.startsWith('objects/') && !path.startsWith('refs/')).sort();
}

describe('names in a tree', { timeout: 60_000 }, () => {
  test.each(['', '.', '..', '../../etc/passwd', '/etc/passwd', 'sites/../x.yaml'])(
    'that point outside it make it damaged: %j',
    async (name) => {
      await tree({ mode: '100644', name, oid: await remote.object('blob', 'x') });
      await expect(pass()).rejects.toEqual(refused(errors.cloneIncomplete));
    },
  );

  test('that a checkout would read as the repository itself are ordinary files that are not read', async () => {
    await tree();
    await pass();
    const before = await cloneFiles();
    const config = await readFile(join(dir, 'clone/config'), 'utf8');
    const evil = await remote.object('blob', '[core]\n\tfsmonitor = touch pwned\n');
    const names = [
      '.git',
      '.GIT',
      '.git ',
      '.git\u200c',
      'git~1',
      '.git::$INDEX_ALLOCATION',
      '.git\\config',
      'CON',
    ];
    const folder = await remote.tree([{ mode: '100644', name: 'config', oid: evil }]);
    await tree(...names.map((name) => ({ mode: '40000', name, oid: folder })));
    expect((await pass()).fleet).toBeDefined();
    expect(await cloneFiles()).toEqual(before);
    expect(await readFile(join(dir, 'clone/config'), 'utf8')).toBe(config);
  });

  test('with control characters and bytes that are not text are printed escaped', async () => {
    const broken = await remote.object('blob', 'kind: [');
    const names = [
      '\u001b]0;x\u0007.yaml',
      'a\nb.yaml',
      '\u202egpj.yaml',
      Buffer.from('ff\xfe.yaml', 'latin1'),
    ];
    await tree(...names.map((name) => ({ mode: '100644', name, oid: broken })));
    const { diagnostics, fleet } = await pass();
    expect(diagnostics.length).toBeGreaterThanOrEqual(4);
    expect(renderDiagnosticsText(diagnostics)).not.toMatch(/[^\P{Cc}\n]|[\u202a-\u202e]/u);
    expect(fleet).toBeDefined();
  });

  test('that occur twice make it damaged, since it is ambiguous which one counts', async () => {
    const [one, two] = [await remote.object('blob', 'kind: ['), await remote.object('blob', '# nothing\n')];
    await tree({ mode: '100644', name: 'a.yaml', oid: one }, { mode: '100644', name: 'a.yaml', oid: two });
    await expect(pass()).rejects.toEqual(refused(errors.cloneIncomplete));
  });
});

describe('links, submodules and settings', { timeout: 60_000 }, () => {
  test('links and submodules are reported and not followed, even for the file of a secret', async () => {
    const passwd = await remote.object('blob', '/etc/passwd');
    const up = await remote.object('blob', '..');
    await tree(
      { mode: '120000', name: 'link.yaml', oid: passwd },
      { mode: '120000', name: 'secrets', oid: up },
      { mode: '120000', name: 'fleet.sops.yaml', oid: passwd },
      { mode: '160000', name: 'module', oid: 'ab'.repeat(20) },
    );
    const { diagnostics } = await pass();
    const followed = diagnostics
      .filter(({ code }) => code === diagnosticCodes.notAFile)
      .map(({ file }) => file);
    expect(followed.sort()).toEqual(['fleet.sops.yaml', 'link.yaml', 'module', 'secrets']);
    expect(JSON.stringify(diagnostics)).not.toContain('root:');

    const { source } = await git.fetch(statusBranch);
    const read = repositoryFiles(git, async () => source);
    const paths = [
      'fleet.sops.yaml',
      'secrets/etc/passwd',
      '../../../etc/passwd',
      '/etc/passwd',
      'a/../../b',
      '.git/config',
      'module/x',
      '',
    ];
    for (const path of paths) await expect(read(path), path).rejects.toEqual(refused(errors.sopsUnreadable));
  });

  test('a directory of manifests is read without the targets of its links', async () => {
    const work = join(dir, 'work');
    await run('cp', ['-r', join(root, 'example-repo'), work]);
    await symlink('/etc', join(work, 'etc'));
    await symlink('/etc/passwd', join(work, 'x.yaml'));
    await symlink('.', join(work, 'circle'));
    await run('mkfifo', [join(work, 'pipe.yaml')]);
    const odd = readTree(work).filter(({ kind }) => kind !== 'file');
    expect(odd.map(({ path }) => path).sort()).toEqual(['circle', 'etc', 'pipe.yaml', 'x.yaml']);
    expect(odd.every(({ bytes }) => bytes instanceof Uint8Array && bytes.length === 0)).toBe(true);
  });

  test('settings, attributes, filters and hooks of a repository run nothing', async () => {
    const pwned = join(dir, 'pwned');
    const config = `[core]\n\tfsmonitor = touch ${pwned}\n\thooksPath = .\n\tsshCommand = touch ${pwned}\n\tpager = touch ${pwned}\n\talternateRefsCommand = touch ${pwned}\n[filter "x"]\n\tclean = touch ${pwned}\n\tsmudge = touch ${pwned}\n[uploadpack]\n\tpackObjectsHook = touch ${pwned}\n`;
    await tree(
      ...(await remote.files({
        '.gitattributes': '* filter=x diff=x\n',
        '.gitconfig': config,
        '.gitmodules': `[submodule "m"]\n\tpath = m\n\turl = ext::sh -c "touch ${pwned}"\n\tupdate = !touch ${pwned}\n`,
        'post-checkout': `#!/bin/sh\ntouch ${pwned}\n`,
      })),
      { mode: '160000', name: 'm', oid: 'ab'.repeat(20) },
    );
    await writeFile(join(remote.dir, 'config'), `[core]\n\tbare = true\n${config}`);
    const { source } = await git.fetch(statusBranch);
    await loadDesired(git, source, createPassMemory(), {});
    await git.log(source, { paths: ['pressluft.yaml'], limit: 5 });
    expect(existsSync(pwned)).toBe(false);
  });
});

describe('limits on size and number', { timeout: 120_000 }, () => {
  test('a file of 80 MiB is reported, and not read', async () => {
    await tree({
      mode: '100644',
      name: 'huge.yaml',
      oid: await remote.object('blob', Buffer.alloc(80 * 1_048_576, 0x61)),
    });
    const before = process.memoryUsage().rss;
    const { diagnostics, fleet } = await pass();
    expect(diagnostics.map(({ code, file }) => `${code} ${file}`)).toContain('PL1002 huge.yaml');
    expect(fleet).toBeDefined();
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * 1_048_576);
  });

  test('50,000 files beside the manifests are ignored, 300,000 are too many', async () => {
    const oid = await remote.object('blob', 'x');
    const files = (count: number) =>
      Array.from({ length: count }, (_, index) => ({
        mode: '100644',
        name: `z${String(index).padStart(6, '0')}`,
        oid,
      }));
    await tree(...files(50_000));
    expect((await pass()).fleet).toBeDefined();
    const { source } = await git.fetch(statusBranch);
    await remote.commit(await remote.tree([...sound, ...files(300_000)]));
    const other = await createGitRepository({ dir: join(dir, 'other'), url: remote.dir, branch: 'main' });
    await other.fetch(statusBranch);
    const tip = (await other.tips(statusBranch)).source;
    expect(tip).not.toBe(source);
    await expect(other.list(tip ?? source)).rejects.toEqual(refused(errors.cloneIncomplete));
  });

  test('endlessly nested directories, and directories that multiply, are refused', async () => {
    const leaf = await remote.object('blob', 'x');
    let deep = await remote.tree([{ mode: '100644', name: 'f', oid: leaf }]);
    for (let depth = 0; depth < 3_000; depth++)
      deep = await remote.tree([{ mode: '40000', name: 'd', oid: deep }]);
    await tree({ mode: '40000', name: 'deep', oid: deep });
    await expect(pass()).rejects.toEqual(refused(errors.cloneIncomplete));

    let wide = await remote.tree([{ mode: '100644', name: 'f', oid: leaf }]);
    for (let level = 0; level < 20; level++) {
      const of = wide;
      wide = await remote.tree(
        Array.from({ length: 10 }, (_, index) => ({ mode: '40000', name: `d${index}`, oid: of })),
      );
    }
    const bomb = await rawRepository(join(dir, 'bomb.git'));
    await rm(join(bomb.dir, 'objects'), { recursive: true });
    await run('cp', ['-r', join(remote.dir, 'objects'), bomb.dir]);
    await bomb.commit(await bomb.tree([...sound, { mode: '40000', name: 'wide', oid: wide }]));
    const other = await createGitRepository({ dir: join(dir, 'other'), url: bomb.dir, branch: 'main' });
    const { source } = await other.fetch(statusBranch);
    await expect(other.list(source)).rejects.toEqual(refused(errors.cloneIncomplete));
  });
});
