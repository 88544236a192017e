import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');

/** Built, packed and unpacked, with the dependencies that package.json declares and no others; no sources, no build tools. */
describe('the package, installed', () => {
  let dir: string;
  let installed: string;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'pressluft-installed-'));
    installed = await install(dir);
  }, 60_000);

  afterAll(() => rm(dir, { recursive: true, force: true }));

  it('carries no TypeScript, tests or compiled Python', () => {
    const unexpected = filesBelow(installed).filter((path) => /\.(ts|pyc)$|\/(src|test)\//.test(path));
    expect(unexpected.filter((path) => !path.startsWith('dist/src/'))).toEqual([]);
    expect(filesBelow(join(installed, 'dist')).filter((path) => path.endsWith('.ts'))).toEqual([]);
  });

  it('prints the version of its package.json', async () => {
    const { stdout } = await pressluft('--version');
    expect(stdout.trim()).toBe(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version);
  });

  it('validates the example repository that it brings along', async () => {
    const { stdout } = await pressluft('validate', join(installed, 'example-repo'));
    expect(stdout).toMatch(/6 environments.*valid/);
  });

  it('writes a new repository with every file of the example, and the schemas that they name', async () => {
    const target = join(dir, 'fleet');
    await pressluft('init', target);
    const written = filesBelow(target);
    expect(written.filter((file) => !file.startsWith('.pressluft/schemas/'))).toEqual(
      filesBelow(join(root, 'example-repo')),
    );
    const manifests = written.filter((file) => file.endsWith('.yaml') && !file.startsWith('.'));
    const schemas = manifests.map((file) => {
      const [, schema = ''] = /\$schema=(\S+)/.exec(readFileSync(join(target, file), 'utf8')) ?? [];
      return join(target, dirname(file), schema);
    });
    expect(schemas.length).toBeGreaterThan(5);
    expect(schemas.filter((schema) => !existsSync(schema) || !schema.endsWith('.schema.json'))).toEqual([]);
  });

  it('finds the playbooks and the schemas beside it, and not those of the checkout', async () => {
    const { stdout } = await node(
      `const { installationRoot, ansibleRoot } = await import(${moduleUrl('dist/src/main/paths.js')});
       process.stdout.write(JSON.stringify({ installationRoot, ansibleRoot }));`,
    );
    expect(JSON.parse(stdout)).toEqual({
      installationRoot: installed,
      ansibleRoot: join(installed, 'ansible'),
    });
  });

  it('has every module and every file that its code names, the lazily loaded ones too', async () => {
    const { named, missing } = await unresolved(installed);
    expect(named).toBeGreaterThan(500);
    expect(missing).toEqual([]);
  });

  function pressluft(...args: readonly string[]): Promise<{ stdout: string }> {
    const env = { PATH: process.env.PATH ?? '', HOME: dir, PRESSLUFT_NODE: process.execPath };
    return run(join(installed, 'bin/pressluft'), args, { cwd: dir, env, timeout: 20_000 });
  }

  function node(code: string): Promise<{ stdout: string }> {
    return run(process.execPath, ['--input-type=module', '--eval', code], { cwd: dir, timeout: 20_000 });
  }

  function moduleUrl(path: string): string {
    return JSON.stringify(pathToFileURL(join(installed, path)).href);
  }
});

async function install(dir: string): Promise<string> {
  const staging = join(dir, 'staging');
  await mkdir(staging);
  await run('sh', [join(root, 'scripts/build.sh'), join(staging, 'dist')], { timeout: 50_000 });
  for (const name of ['package.json', 'LICENSE', 'bin', 'schemas', 'ansible', 'example-repo', 'src']) {
    await cp(join(root, name), join(staging, name), { recursive: true });
  }
  const pack = ['pack', '--ignore-scripts', '--silent', '--pack-destination', dir];
  const { stdout } = await run('npm', pack, { cwd: staging, timeout: 20_000 });
  await run('tar', ['-xzf', join(dir, stdout.trim().split('\n').at(-1) ?? ''), '-C', dir]);
  await rm(staging, { recursive: true });

  const installed = join(dir, 'package');
  const { dependencies } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  for (const name of Object.keys(dependencies)) {
    const link = join(installed, 'node_modules', name);
    await mkdir(dirname(link), { recursive: true });
    await symlink(join(root, 'node_modules', name), link);
  }
  return installed;
}

/** Imports, static and dynamic, and files named relative to their module. */
async function unresolved(installed: string): Promise<{ named: number; missing: readonly string[] }> {
  const specifier = /(?:\bfrom |\bimport |\bimport\()'([^']+)'|new URL\('([^']+)', import\.meta\.url\)/g;
  let named = 0;
  const missing: string[] = [];
  for (const path of filesBelow(join(installed, 'dist')).filter((name) => name.endsWith('.js'))) {
    const file = join(installed, 'dist', path);
    for (const match of (await readFile(file, 'utf8')).matchAll(specifier)) {
      const name = match[1] ?? match[2] ?? '';
      named += 1;
      if (!resolves(name, file, installed)) missing.push(`${path}: ${name}`);
    }
  }
  return { named, missing };
}

function resolves(name: string, from: string, installed: string): boolean {
  if (name.startsWith('node:')) return true;
  if (name.startsWith('.')) return existsSync(new URL(name, pathToFileURL(from)));
  const [first = '', second = ''] = name.split('/');
  const dependency = first.startsWith('@') ? `${first}/${second}` : first;
  return existsSync(join(installed, 'node_modules', dependency, 'package.json'));
}

function filesBelow(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('/node_modules'))
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .sort();
}
