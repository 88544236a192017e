import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ansibleRoot, ansibleVenv } from '../../src/main/paths.ts';

const python = join(ansibleVenv(process.env), 'bin/python');
const playbook = `
- hosts: localhost
  connection: local
  gather_facts: false
  tasks:
    - pressluft_data: { key: a, json: "{}" }
    - ansible.builtin.command: "false"
      failed_when: false
`;

describe.skipIf(!existsSync(python))('launch.py', () => {
  let directory: string;
  let cache: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'pressluft-launch-'));
    cache = join(directory, 'modules');
    writeFileSync(join(directory, 'play.yml'), playbook);
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  const run = (args: readonly string[], input = '') =>
    execFileSync(python, ['-I', ...args], {
      input,
      encoding: 'utf8',
      env: {
        PATH: process.env.PATH,
        HOME: directory,
        ANSIBLE_HOME: directory,
        ANSIBLE_LIBRARY: join(ansibleRoot, 'library'),
        ANSIBLE_MODULE_UTILS: join(ansibleRoot, 'module_utils'),
        PRESSLUFT_MODULE_CACHE: cache,
      },
    });
  const play = () => run([join(ansibleRoot, 'launch.py'), join(directory, 'play.yml'), '-i', 'localhost,']);
  const payloads = () => {
    const [version = ''] = readdirSync(cache);
    const names = readdirSync(join(cache, version)).filter((name) => !name.endsWith('.lock'));
    return Object.fromEntries(names.map((name) => [name, statSync(join(cache, version, name)).ino]));
  };

  it('assembles what it sends to nodes once, for all runs', { timeout: 120_000 }, () => {
    expect(play()).toContain('ok=2');
    const first = payloads();
    expect(Object.keys(first).sort()).toEqual([
      expect.stringContaining('ansible.legacy.pressluft_data-'),
      expect.stringContaining('ansible.modules.command-'),
    ]);
    expect(play()).toContain('ok=2');
    expect(payloads()).toEqual(first);
  });

  it('sends compiled code beside the source if the controller has the Python of the nodes', () => {
    const isNodePython = run(['-c', 'import sys; print(sys.version_info[:2] == (3, 11))']).trim() === 'True';
    const [version = ''] = readdirSync(cache);
    const [name = ''] = Object.keys(payloads());
    const pickled = readFileSync(join(cache, version, name), 'latin1');
    const zip = Buffer.from(/[A-Za-z0-9+/]{1000,}=*/.exec(pickled)?.[0] ?? '', 'base64');
    expect(zip.includes('ansible/module_utils/basic.py')).toBe(true);
    expect(zip.includes('ansible/module_utils/basic.pyc')).toBe(isNodePython);
  });

  it.each([
    { what: 'the compiled code where the versions of Python are equal', magic: '', used: 'compiled' },
    {
      what: 'the source where they differ',
      magic: 'launch.importlib.util.MAGIC_NUMBER = b"old\\n"',
      used: 'source',
    },
  ])('lets a node use $what', ({ magic, used }) => {
    // The compiled code is exchanged for that of another text, so that the answer tells which one Python used.
    const script = `
import importlib.util, sys, zipfile
spec = importlib.util.spec_from_file_location('launch', ${JSON.stringify(join(ansibleRoot, 'launch.py'))})
launch = importlib.util.module_from_spec(spec)
spec.loader.exec_module(launch)
${magic}
launch.code_of = lambda packages, name, source: compile("used = 'compiled'", name, 'exec')
path = ${JSON.stringify(join(directory, `${used}.zip`))}
with launch.compiling_zip('/nowhere')(path, 'w') as file:
    file.writestr(zipfile.ZipInfo('module.py', (2026, 1, 1, 0, 0, 0)), "used = 'source'")
    file.writestr(zipfile.ZipInfo('data.txt', (2026, 1, 1, 0, 0, 0)), 'x')
print(zipfile.ZipFile(path).namelist())
sys.path.insert(0, path)
import module
print(module.used)`;
    expect(run(['-c', script])).toBe(`['module.py', 'module.pyc', 'data.txt']\n${used}\n`);
  });
});
