import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { errors } from '../../src/fleet/error-catalogue.ts';
import { loadDirectory } from '../../src/main/manifest-directory.ts';
import { readTree } from '../../src/main/read-tree.ts';
import { diagnosticCodes } from '../../src/manifest/diagnostics/catalogue.ts';
import { limits } from '../../src/manifest/index.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'pressluft-tree-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
}

const entries = () => readTree(root).map(({ path, kind }) => `${kind} ${path}`);

test('files have the object ids that Git gives them, and come sorted by path', () => {
  write('b.yaml', 'kind: Site\n');
  write('a/c.yml', 'grüße: "🚀"\n');
  write('a.yaml', '');
  const files = readTree(root);
  expect(files.map(({ path }) => path)).toEqual(['a.yaml', 'a/c.yml', 'b.yaml']);
  for (const { path, oid } of files) {
    expect(oid).toBe(execFileSync('git', ['hash-object', join(root, path)], { encoding: 'utf8' }).trim());
  }
});

test('directories named like manifests are directories', () => {
  write('sites.yaml/acme.yaml', 'a: 1\n');
  expect(entries()).toEqual(['file sites.yaml/acme.yaml']);
});

test('dot-directories, dependencies and other files are ignored', () => {
  for (const path of ['.git/x.yaml', 'a/.hidden/x.yaml', 'node_modules/p/x.yaml', '.x.yaml', 'README.md']) {
    write(path, 'a: 1\n');
  }
  expect(entries()).toEqual([]);
});

test('symlinks are named and not followed, to files, to directories and to nowhere', () => {
  write('real.yaml', 'a: 1\n');
  write('dir/inner.yaml', 'a: 1\n');
  symlinkSync('real.yaml', join(root, 'link.yaml'));
  symlinkSync('dir', join(root, 'elsewhere'));
  symlinkSync('/nowhere', join(root, 'broken.yaml'));
  symlinkSync('.', join(root, 'loop'));
  expect(entries()).toEqual([
    'symlink broken.yaml',
    'file dir/inner.yaml',
    'symlink elsewhere',
    'symlink link.yaml',
    'symlink loop',
    'file real.yaml',
  ]);
});

test('a repository within the repository is named and not read', async () => {
  write('vendor/fleet/.git', 'gitdir: ../../.git/modules/fleet\n');
  write('vendor/fleet/x.yaml', 'a: [\n');
  expect(entries()).toEqual(['submodule vendor/fleet']);
  const { diagnostics } = await loadDirectory(root, undefined);
  expect(diagnostics.map(({ code, file }) => `${code} ${file}`)).toContain('PL1001 vendor/fleet');
});

test('a file over the limit is not held, and one at the limit is', () => {
  write('large.yaml', new Uint8Array(limits.fileBytes + 1));
  write('full.yaml', new Uint8Array(limits.fileBytes));
  const [full, large] = readTree(root);
  expect(full?.bytes).toHaveLength(limits.fileBytes);
  expect(large?.bytes).toEqual({ tooLarge: limits.fileBytes + 1 });
});

test('a pipe does not keep the reader waiting', () => {
  execFileSync('mkfifo', [join(root, 'pipe.yaml')]);
  expect(entries()).toEqual(['symlink pipe.yaml']);
});

test('a directory that is not there is an error with a hint', () => {
  expect(() => readTree(join(root, 'none'))).toThrow(expect.objectContaining({ code: errors.flagInvalid }));
});

test('a repository with no manifests says how to begin', async () => {
  write('README.md', '# nothing yet\n');
  const { fleet, diagnostics } = await loadDirectory(root, undefined);
  expect(fleet).toBeUndefined();
  expect(diagnostics).toMatchObject([
    {
      code: diagnosticCodes.configMissing,
      suggestion: expect.stringContaining('"pressluft init" starts a new repository'),
    },
  ]);
});
