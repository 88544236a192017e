import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { ansibleRoot } from '../../../src/main/paths.ts';
import { playTasks } from './play-tasks.ts';
import { provisionTasks } from './provision.ts';

interface Task {
  readonly name: string;
}

function yaml<T>(...path: readonly string[]): T {
  return parse(readFileSync(join(ansibleRoot, ...path), 'utf8')) as T;
}

function tasksOfRole(role: string): readonly string[] {
  const file = (name: string) => yaml<readonly Task[]>('roles', role, 'tasks', name).map((task) => task.name);
  return file('main.yml').flatMap((name) => {
    if (name === 'PHP versions') return file('version.yml');
    // Only with another package source, which the simulation assumes.
    return name === 'Extra package source for PHP' ? [] : [name];
  });
}

it('provisions with the tasks of production, role by role', () => {
  const [play] = yaml<readonly { readonly roles: readonly string[] }[]>('playbooks', 'node-provision.yml');
  const real = play?.roles.flatMap((role) => tasksOfRole(role).map((task) => ({ role, task })));
  expect(provisionTasks.map(({ role, task }) => ({ role, task }))).toEqual(real);
});

it.each(['environment-converge', 'environment-delete', 'node-probe'] as const)(
  'plays the tasks of %s',
  (playbook) => {
    const [play] = yaml<readonly { readonly tasks: readonly Task[] }[]>('playbooks', `${playbook}.yml`);
    const simulated = playTasks({ playbook, vars: {} }, 'content-1');
    expect(simulated.map(({ name }) => name)).toEqual(play?.tasks.map(({ name }) => name));
  },
);
