import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ansibleRoot, ansibleVenv } from '../../src/main/paths.ts';

type Task = Readonly<Record<string, unknown>>;

const roles = readdirSync(join(ansibleRoot, 'roles'));
const playbooks = readdirSync(join(ansibleRoot, 'playbooks')).filter((name) => name.endsWith('.yml'));
const modules = readdirSync(join(ansibleRoot, 'library')).map((name) => name.replace(/\.py$/, ''));
const keywords = new Set(
  'name when register loop loop_control changed_when failed_when check_mode notify vars retries delay until no_log tags'.split(
    ' ',
  ),
);

function tasksOf(role: string): readonly Task[] {
  const directory = join(ansibleRoot, 'roles', role, 'tasks');
  return readdirSync(directory).flatMap(
    (file) => parse(readFileSync(join(directory, file), 'utf8')) as Task[],
  );
}

describe.each(roles)('role %s', (role) => {
  it('specifies its arguments', () => {
    const specs = parse(readFileSync(join(ansibleRoot, 'roles', role, 'meta/argument_specs.yml'), 'utf8'));
    expect(specs.argument_specs.main.short_description).toEqual(expect.any(String));
  });

  // After a run that was killed between the two tasks, the next run repairs it only if it checks the state, not what has just changed.
  it('runs no task because of what an earlier one changed', () => {
    for (const task of tasksOf(role)) {
      for (const condition of [task.when ?? []].flat()) {
        expect(String(condition)).not.toMatch(/\b(?:is|is not) changed\b|\.changed\b/);
      }
    }
  });

  it('names modules in full or its own, and uses no shell', () => {
    for (const task of tasksOf(role)) {
      const used = Object.keys(task).filter((key) => !keywords.has(key));
      expect(used).toHaveLength(1);
      const [module = ''] = used;
      expect(module.startsWith('ansible.builtin.') || modules.includes(module)).toBe(true);
      expect(['ansible.builtin.shell', 'ansible.builtin.raw']).not.toContain(module);
    }
  });
});

it('never treats data as a template', () => {
  const files = execFileSync('find', [ansibleRoot, '-name', '*.yml', '-o', '-name', '*.j2'], {
    encoding: 'utf8',
  });
  for (const file of files.trim().split('\n')) {
    expect(readFileSync(file, 'utf8')).not.toMatch(
      /\|\s*template|lookup\(\s*['"](?:ansible\.builtin\.)?(?:template|vars|pipe)/,
    );
  }
});

it('is Python that compiles', () => {
  const cache = mkdtempSync(join(tmpdir(), 'pressluft-pyc-'));
  try {
    const argv = [
      '-m',
      'compileall',
      '-q',
      'library',
      'module_utils',
      'callback_plugins',
      'files',
      'launch.py',
    ];
    execFileSync('python3', argv, { cwd: ansibleRoot, env: { ...process.env, PYTHONPYCACHEPREFIX: cache } });
  } finally {
    rmSync(cache, { recursive: true, force: true });
  }
});

const ansiblePlaybook = join(ansibleVenv(process.env), 'bin/ansible-playbook');
describe.skipIf(!existsSync(ansiblePlaybook))('with Ansible installed', () => {
  it('has playbooks that Ansible can read', () => {
    const home = mkdtempSync(join(tmpdir(), 'pressluft-syntax-'));
    try {
      const argv = [
        '-i',
        'localhost,',
        '--syntax-check',
        ...playbooks.map((name) => join('playbooks', name)),
      ];
      execFileSync(ansiblePlaybook, argv, {
        cwd: ansibleRoot,
        stdio: 'pipe',
        env: {
          PATH: process.env.PATH,
          ANSIBLE_HOME: home,
          ANSIBLE_CONFIG: join(ansibleRoot, 'ansible.cfg'),
          PYTHONDONTWRITEBYTECODE: '1',
        },
      });
    } finally {
      rmSync(home, { recursive: true, force: true });
    }
  });
});
