import type { Json } from '../../../src/fleet/digest.ts';
import type { Fields } from './machine.ts';
import { type AtWork, ModuleFailure, note } from './module.ts';
import { loadHosts } from './sim-machines.ts';

export interface ProvisionTask {
  readonly role: string;
  readonly task: string;
  readonly ms: number;
  /** Condition; the task is skipped if false. */
  readonly when?: (vars: ProvisionVars) => boolean;
  /** Input of the task: it changes something when the input differs from the last one. Null for a read-only task. */
  readonly input: ((vars: ProvisionVars) => string) | null;
  /** Effect in addition to storing its input. */
  readonly apply?: (at: AtWork, vars: ProvisionVars) => void;
}

export interface ProvisionVars {
  readonly node: Fields;
  readonly wpCli: Fields | null;
  readonly contentVersion: string;
}

export function provisionVars(vars: Fields, contentVersion: string): ProvisionVars {
  const artifacts = vars.pressluft_artifacts as Fields | undefined;
  return {
    node: (vars.pressluft_node ?? {}) as Fields,
    wpCli: (artifacts?.wp_cli ?? null) as Fields | null,
    contentVersion,
  };
}

const always = () => 'present';
const text = (value: Json | undefined) => JSON.stringify(value ?? null);
const phpVersions = ({ node }: ProvisionVars) => (node.php_versions ?? []) as readonly string[];
const debianPhp = '8.2';
const siteChecks = ['pressluft-site-checks.timer', 'pressluft-code-check.timer'];
const fixedServices = [...['nftables', 'ssh', 'mariadb', 'nginx', 'fail2ban', 'cron'], ...siteChecks];

/** The tasks of `node-provision`, in their order, on a machine that shares the swap of its host. */
export const provisionTasks: readonly ProvisionTask[] = [
  {
    role: 'base',
    task: 'Packages of all roles',
    ms: 25_000,
    input: (vars) => text([...phpVersions(vars)].sort()),
    apply: ({ machine }, vars) => {
      const missing = phpVersions(vars).find(
        (version) => version !== debianPhp && vars.node.php_apt_source == null,
      );
      if (missing !== undefined)
        throw new ModuleFailure(`No package matching 'php${missing}-fpm' is available`);
      for (const unit of fixedServices)
        if (!machine.services.has(unit)) machine.services.set(unit, 'inactive');
      for (const version of phpVersions(vars)) machine.phpVersions.add(version);
    },
  },
  { role: 'base', task: 'Directories', ms: 300, input: always },
  { role: 'base', task: 'Create the directories', ms: 300, input: always },
  { role: 'base', task: 'Time zone', ms: 200, input: ({ node }) => text(node.timezone) },
  { role: 'base', task: 'Group that sees all processes', ms: 300, input: always },
  { role: 'base', task: 'Users see their own processes only', ms: 300, input: always },
  { role: 'base', task: 'Settings of the system and its services', ms: 600, input: always },
  { role: 'ssh_hardening', task: 'SSH server settings', ms: 400, input: always },
  { role: 'firewall', task: 'Firewall rules', ms: 400, input: always },
  {
    role: 'unattended_upgrades',
    task: 'Daily security updates',
    ms: 400,
    input: ({ node }) => text(node.php_apt_source),
  },
  {
    role: 'swap',
    task: 'Detect container',
    ms: 200,
    when: ({ node }) => Number(node.swap_mib ?? 0) > 0,
    input: null,
  },
  { role: 'swap', task: 'Swap file', ms: 0, when: () => false, input: null },
  { role: 'mariadb', task: 'MariaDB settings', ms: 700, input: ({ node }) => text(node.tuning) },
  {
    role: 'mariadb',
    task: 'Sockets of environments to the database',
    ms: 400,
    input: ({ contentVersion }) => contentVersion,
  },
  { role: 'mariadb', task: 'Only root opens the socket of MariaDB', ms: 500, input: always },
  {
    role: 'redis',
    task: 'Node secrets',
    ms: 300,
    input: always,
    apply: ({ machine }) => {
      if (!machine.applied.has('Create the directories'))
        throw new ModuleFailure('/etc/pressluft/secrets: No such file or directory');
    },
  },
  {
    role: 'redis',
    task: 'Cache servers of environments',
    ms: 400,
    input: ({ contentVersion }) => contentVersion,
  },
  { role: 'redis', task: 'No cache server that sites share', ms: 500, input: always },
  { role: 'php', task: 'PHP settings', ms: 400, input: (vars) => text([...phpVersions(vars)]) },
  { role: 'php', task: 'Directory of shared pools', ms: 300, input: (vars) => text([...phpVersions(vars)]) },
  {
    role: 'php',
    task: "Units of the environments' PHP masters",
    ms: 400,
    input: ({ contentVersion }) => contentVersion,
  },
  { role: 'nginx', task: 'nginx settings', ms: 400, input: ({ contentVersion }) => contentVersion },
  { role: 'nginx', task: 'nginx configuration', ms: 600, input: ({ contentVersion }) => contentVersion },
  {
    role: 'wp_cli',
    task: 'wp-cli',
    ms: 900,
    when: ({ wpCli }) => wpCli !== null,
    input: ({ wpCli }) => text(wpCli?.sha256),
    apply: ({ machines }, { wpCli }) => {
      const problem = machines.artifactProblem(String(wpCli?.url), String(wpCli?.sha256));
      if (problem !== null) throw new ModuleFailure(`${wpCli?.url}: ${problem.message}`);
    },
  },
  { role: 'fail2ban', task: 'fail2ban jails', ms: 400, input: always },
  {
    role: 'site_checks',
    task: 'Programs and units of the site checks',
    ms: 600,
    input: ({ contentVersion }) => contentVersion,
  },
  {
    role: 'services',
    task: 'Services run their present configuration',
    ms: 6_000,
    input: null,
    apply: startServices,
  },
  { role: 'node_record', task: 'Node record', ms: 300, input: null, apply: writeRecord },
];

/** Applies a task; in check mode nothing is stored. */
export async function provision(at: AtWork, task: ProvisionTask, vars: ProvisionVars): Promise<boolean> {
  const { machine } = at;
  const input = task.input?.(vars) ?? null;
  if (input === null) {
    if (task.apply === undefined) return false;
    const changes = task.apply === startServices ? pendingServices(at).length > 0 : !isRecorded(at, vars);
    if (changes && !at.check) {
      await at.pass(task.ms);
      task.apply(at, vars);
    }
    return changes;
  }
  if (machine.applied.get(task.task) === input) return false;
  if (at.check) return true;
  await at.pass(task.ms);
  if (machine.diskFull) throw new ModuleFailure('[Errno 28] No space left on device');
  task.apply?.(at, vars);
  machine.applied.set(task.task, input);
  note(at, null, 'applied');
  return true;
}

/** Tasks by service: it is reloaded when one of these tasks has another input than at its last start. */
const configurationOf: Readonly<Record<string, readonly string[]>> = {
  nftables: ['Firewall rules'],
  ssh: ['SSH server settings'],
  mariadb: ['MariaDB settings'],
  nginx: ['nginx settings', 'nginx configuration', 'Node secrets'],
  fail2ban: ['fail2ban jails'],
  cron: [],
  ...Object.fromEntries(siteChecks.map((unit) => [unit, ['Programs and units of the site checks']])),
};

function pendingServices({ machine }: AtWork): readonly string[] {
  return fixedServices.filter(
    (unit) =>
      machine.services.get(unit) !== 'active' ||
      machine.loaded.get(unit) !== configuration(machine.applied, unit),
  );
}

function configuration(applied: ReadonlyMap<string, string>, unit: string): string {
  const tasks = configurationOf[unit] ?? [];
  return tasks.map((task) => applied.get(task) ?? '').join('\n');
}

function startServices(at: AtWork): void {
  const { machine } = at;
  for (const unit of pendingServices(at)) {
    machine.services.set(unit, 'active');
    machine.loaded.set(unit, configuration(machine.applied, unit));
    note(at, null, `started ${unit}`);
    if (unit === 'nginx') loadHosts(machine);
  }
}

function recordOf({ machine }: AtWork, { node, wpCli }: ProvisionVars) {
  const { name = null, uid = null, fleet = null, digest = null } = node;
  const versions = { wpCli: wpCli?.version ?? null, php: [...machine.phpVersions].sort() };
  return { v: 1 as const, name, uid, fleet, digest, spec: node.spec ?? node, versions };
}

function isRecorded(at: AtWork, vars: ProvisionVars): boolean {
  if (at.machine.record === null) return false;
  const { appliedAt: _, ...known } = at.machine.record;
  return JSON.stringify(known) === JSON.stringify(recordOf(at, vars));
}

function writeRecord(at: AtWork, vars: ProvisionVars): void {
  if (at.machine.diskFull) throw new ModuleFailure('[Errno 28] No space left on device');
  at.machine.record = { ...recordOf(at, vars), appliedAt: at.machines.timestamp() };
  note(at, null, 'recorded the node');
}
