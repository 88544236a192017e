import type { Playbook } from '../../../src/ports/ansible.ts';
import type { SimRandom } from '../core/index.ts';

/** Possible faults of a playbook run. */
export function ansibleFaults(playbook: Playbook): readonly string[] {
  const ofEnvironments = playbook.startsWith('environment-')
    ? ['failed-environment', 'silent-environment']
    : [];
  return [...ofEnvironments, ...general];
}

const general = [
  'unreachable',
  'unreachable-midway',
  'hang',
  'death',
  'failed-task',
  'output-cut',
  'garbled',
  'slow',
  'key-refused',
  'host-key',
];

/** Position of the fault in a run. */
export interface PlayFault {
  readonly kind: string;
  /** Index of the task. */
  readonly task: number;
  /** Index among the environments of the run. */
  readonly environment: number;
}

export function playFault(
  random: SimRandom,
  kind: string | null,
  tasks: number,
  environments: number,
): PlayFault | null {
  if (kind === null) return null;
  return { kind, task: random.int(tasks), environment: random.int(Math.max(1, environments)) };
}

/** Codes by which a task fails for one environment, as its module reports them. */
export const environmentFailures: Readonly<
  Record<string, readonly (readonly [code: string, message: string])[]>
> = {
  'Accounts and directories': [
    ['account_failed', 'Failed to take /etc/passwd lock: Resource temporarily unavailable'],
  ],
  Code: [
    ['download_failed', 'HTTP status 503'],
    ['checksum_mismatch', 'sha256 is another one than the pinned one'],
  ],
  'Database and cache': [
    ['database_failed', "(1205, 'Lock wait timeout exceeded; try restarting transaction')"],
    ['mariadb_unreachable', "(2013, 'Lost connection to MySQL server during query')"],
    ['service_failed', 'Job for pressluft-cache@shop.service failed.'],
  ],
  Configuration: [
    ['reload_failed', 'Job for nginx.service failed.'],
    ['pool_not_started', 'PHP-FPM did not open its socket'],
  ],
  WordPress: [
    ['wordpress_failed', 'PHP ended with status 255'],
    ['timeout', 'php8.2 did not finish within 300 s'],
  ],
  'Verify and record': [['verify_failed', 'the front page answers HTTP 500']],
  Delete: [
    ['database_failed', "(1010, 'Error dropping database')"],
    ['account_failed', 'userdel: user is currently used by process 4711'],
  ],
};
