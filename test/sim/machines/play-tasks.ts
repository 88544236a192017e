import type { Json } from '../../../src/fleet/digest.ts';
import type { AnsibleRequest, Playbook } from '../../../src/ports/ansible.ts';
import type { Fields } from './machine.ts';
import type { AtWork, Outcomes, Wanted } from './module.ts';
import { accounts } from './phase-accounts.ts';
import { code } from './phase-code.ts';
import { config } from './phase-config.ts';
import { data } from './phase-data.ts';
import { remove } from './phase-delete.ts';
import { record } from './phase-record.ts';
import { wordpress } from './phase-wordpress.ts';
import { probe } from './probe.ts';
import { provision, provisionTasks, provisionVars } from './provision.ts';

export interface TaskResult {
  readonly changed: boolean;
  readonly outcomes: Outcomes | null;
  /** Whether the outcomes of its environments are final. */
  readonly final: boolean;
  readonly data: Readonly<Record<string, Json>> | null;
}

export interface PlayTask {
  readonly name: string;
  readonly role: string | null;
  readonly skipped: boolean;
  /** Whether its module takes the node's lock. */
  readonly locks: boolean;
  readonly work: (at: AtWork) => Promise<TaskResult>;
}

interface Play {
  /** Variable that lists the environments of a run; null when it is about the node. */
  readonly environments: string | null;
  /** In order; `work` of a later task uses the results of earlier ones. */
  readonly tasks: (vars: Fields, contentVersion: string) => readonly PlayTask[];
}

/** Effect of each playbook on a simulated machine. */
const plays: { readonly [P in Playbook]: Play } = {
  'node-provision': { environments: null, tasks: provisionPlay },
  'node-probe': { environments: null, tasks: probePlay },
  'environment-converge': {
    environments: 'pressluft_environments',
    tasks: (vars, contentVersion) => convergePlay(wantedOf(vars, 'pressluft_environments'), contentVersion),
  },
  'environment-delete': {
    environments: 'pressluft_delete',
    tasks: (vars) => [phase('Delete', true, (at) => remove(at, wantedOf(vars, 'pressluft_delete')))],
  },
};

type PlayRequest = Pick<AnsibleRequest, 'playbook' | 'vars'>;

export function playTasks({ playbook, vars }: PlayRequest, contentVersion: string): readonly PlayTask[] {
  return plays[playbook].tasks(vars, contentVersion);
}

/** Names of the environments of a run. */
export function environmentsOf({ playbook, vars }: PlayRequest): readonly string[] {
  const { environments } = plays[playbook];
  return environments === null ? [] : wantedOf(vars, environments).map(({ name }) => name);
}

function wantedOf(vars: Fields, key: string): readonly Wanted[] {
  return (vars[key] ?? []) as unknown as readonly Wanted[];
}

function provisionPlay(vars: Fields, contentVersion: string): readonly PlayTask[] {
  const own = provisionVars(vars, contentVersion);
  return provisionTasks.map((task) => ({
    name: task.task,
    role: task.role,
    skipped: task.when !== undefined && !task.when(own),
    locks: false,
    work: async (at) => ({
      changed: await provision(at, task, own),
      outcomes: null,
      final: false,
      data: null,
    }),
  }));
}

function convergePlay(all: readonly Wanted[], contentVersion: string): readonly PlayTask[] {
  const previous: Outcomes[] = [];
  let releases: ReadonlyMap<string, string> = new Map();
  const remembered = (name: string, final: boolean, work: (at: AtWork) => Promise<Outcomes>) =>
    phase(name, final, async (at) => {
      const outcomes = await work(at);
      previous.push(outcomes);
      return outcomes;
    });
  return [
    remembered('Accounts and directories', false, (at) => accounts(at, all)),
    remembered('Code', false, async (at) => {
      const built = await code(at, all, previous, contentVersion);
      releases = built.releases;
      return built.outcomes;
    }),
    remembered('Database and cache', false, (at) => data(at, all, previous)),
    remembered('Configuration', false, (at) => config(at, all, previous, releases, contentVersion)),
    remembered('WordPress', false, (at) => wordpress(at, all, previous)),
    remembered('Verify and record', true, (at) => record(at, all, previous)),
  ];
}

function phase(name: string, final: boolean, work: (at: AtWork) => Promise<Outcomes>): PlayTask {
  return {
    name,
    role: null,
    skipped: false,
    locks: true,
    work: async (at) => {
      const outcomes = await work(at);
      const changed = [...outcomes.values()].some(({ steps }) => steps.some((step) => step.changed));
      return { changed, outcomes, final, data: null };
    },
  };
}

function probePlay(): readonly PlayTask[] {
  let text = '';
  const looks = { role: null, skipped: false, locks: false };
  return [
    {
      ...looks,
      name: 'Probe',
      work: async ({ machine, machines }) => {
        text = probe(machine, machines.nowMs, null);
        return { changed: false, outcomes: null, final: false, data: null };
      },
    },
    {
      ...looks,
      name: 'Report the probe',
      work: async () => ({
        changed: false,
        outcomes: null,
        final: false,
        data: { probe: JSON.parse(text) as Json },
      }),
    },
  ];
}
