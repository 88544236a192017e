import type { AnsibleEvent } from '../../../src/ports/ansible.ts';
import { check, checkPlain } from '../property.ts';
import type { FuzzTarget } from '../target.ts';
import { environmentName, loadWorld, nodeName } from './world.ts';

const digest = `sha256:${'a'.repeat(64)}`;

const probeAnswer = JSON.stringify({
  v: 1,
  node: {
    hostname: 'web-1',
    os: 'Debian GNU/Linux 12',
    kernel: '6.1.0',
    uptimeSeconds: 86400,
    cores: 2,
    memoryMib: 4096,
    memoryAvailableMib: 2048,
    diskFreeMib: 20000,
    diskTotalMib: 40000,
    phpVersions: ['8.2', '8.3'],
    services: { nginx: 'active', mariadb: true },
    record: { digest, spec: { fleet: 'example', swap: 512 } },
    checks: [
      { code: 'disk_full', ok: false, severity: 'error', message: 'the disk is full' },
      { code: 'reboot_required', ok: false, message: 'a reboot is due' },
    ],
  },
  environments: {
    'acme-production': {
      retained: false,
      record: {
        uid: 'abcdefghijklmnop',
        digest,
        spec: { state: 'running', deletion_policy: 'backup-then-delete', admin_password: 'x' },
      },
      versions: { wordpress: '7.1.1', php: '8.2', plugins: { akismet: '5.5', jetpack: { version: '1.0' } } },
      http: { status: 200, ms: 12, message: '' },
      drift: [{ path: '/etc/nginx/x.conf', expectedSha: 'a', actualSha: null }],
      services: { 'php8.2-fpm': 'active', 'acme-cron': 'failed' },
    },
    orphan: { record: { uid: 'ponmlkjihgfedcba', digest, spec: { state: 'stopped' } } },
  },
});

const probe: FuzzTarget = {
  name: 'probe',
  covers: [
    'src/actions/probe-node.ts',
    'src/fleet/json-reader.ts',
    'src/record/node-status.ts',
    'src/record/applied.ts',
    'src/record/status/node-details.ts',
    'src/record/status/environment-details.ts',
  ],
  seeds: () => [probeAnswer],
  dictionary: ['not_provisioned', 'active', 'stopped', 'uid', 'spec', 'digest', 'environments'],
  structure: 'json',
  maxBytes: 65_536,
  async load() {
    const { parseProbe } = await import('../../../src/actions/probe-node.ts');
    const { observedFromStatus } = await import('../../../src/record/observed-from-status.ts');
    const { nothingRecorded } = await import('../../../src/fleet/recorded.ts');
    const world = await loadWorld();
    const known = observedFromStatus(world.desired, nothingRecorded);
    const before = known.nodes.get(nodeName);
    if (before === undefined) throw new Error(`the example has no node ${nodeName}`);
    return (input) => {
      const { facts, checks, environments, appliedDigest, appliedSpec } = parseProbe(input.toString('utf8'));
      checkPlain([facts, checks, environments, appliedSpec], 'the probe');
      const node = { ...before, state: 'ready', ipv4: '192.0.2.1', facts, checks, environments } as const;
      const nodes = new Map([...known.nodes, [nodeName, { ...node, appliedDigest, appliedSpec }]]);
      world.follow({ ...known, nodes }, nothingRecorded);
    };
  },
};

const ansibleLines = [
  { v: 1, event: 'run_start', playbook: 'environment-converge' },
  { v: 1, event: 'task_start', task: 'Install packages', role: 'php' },
  { v: 1, event: 'task_end', task: 'Install packages', status: 'changed', durationMs: 1200, message: 'ok' },
  { v: 1, event: 'task_end', task: 'Reload', status: 'failed', durationMs: 3, message: 'no such file' },
  { v: 1, event: 'environment_step', environment: 'acme', step: 'database', status: 'ok', durationMs: 4 },
  {
    v: 1,
    event: 'environment_result',
    environment: 'acme',
    status: 'failed',
    error: { code: 'E', message: 'no' },
  },
  { v: 1, event: 'data', key: 'probe', value: { a: [1, 2, { b: null }] } },
  {
    v: 1,
    event: 'stats',
    hosts: { 'web-1': { ok: 3, changed: 1, failures: 0, unreachable: 0, skipped: 2 } },
  },
].map((event) => JSON.stringify(event));

const ansibleEvents: FuzzTarget = {
  name: 'ansible-events',
  covers: [
    'src/adapters/ansible/event-parser.ts',
    'src/adapters/ansible/run-collector.ts',
    'src/adapters/process/line-splitter.ts',
  ],
  seeds: () => [`${ansibleLines.join('\n')}\n`, ...ansibleLines.map((line) => `${line}\n`)],
  dictionary: ['ignored', 'unreachable', '"v":1,', '\n', '\r\n'],
  structure: 'json',
  async load() {
    const { createRunCollector } = await import('../../../src/adapters/ansible/run-collector.ts');
    return (input) => {
      const events: AnsibleEvent[] = [];
      const collector = createRunCollector((event) => events.push(event));
      // The input also determines the size of chunks: a line may be cut anywhere.
      const size = 1 + (input[0] ?? 0);
      for (let at = 0; at < input.length; at += size) collector.add(input.subarray(at, at + size));
      collector.end();
      checkPlain([events, collector.outcome('web-1', 1), collector.unreachableMessage()], 'the run');
      for (const event of events) checkEvent(event);
    };
  },
};

function checkEvent(event: AnsibleEvent): void {
  const texts = Object.entries(event).filter(([key]) => key !== 'value');
  for (const [key, value] of texts) {
    if (typeof value === 'string') check(value.length <= 8192, `an event has a long ${key}`);
  }
  if ('durationMs' in event) check(event.durationMs >= 0, 'an event has a negative duration');
}

const markerFilter: FuzzTarget = {
  name: 'ssh-marker',
  covers: ['src/adapters/ssh/marker-filter.ts'],
  seeds: () => [
    'Welcome!\nMARK\noutput of the command\nMARK',
    'MARK\nMAR',
    'MARK\nMMARKMARK',
    `MOTD\n${'.'.repeat(70_000)}\nMARK\nx`,
  ],
  dictionary: ['MARK', 'MARK\n', 'MAR', 'MARKMARK'],
  maxBytes: 131_072,
  async load() {
    const { createMarkerFilter } = await import('../../../src/adapters/ssh/marker-filter.ts');
    return (input) => {
      let starts = 0;
      const filter = createMarkerFilter('MARK', () => {
        starts++;
      });
      const size = 1 + (input[0] ?? 0) * 16;
      let passed = 0;
      for (let at = 0; at < input.length; at += size) {
        passed += filter.push(input.subarray(at, at + size)).length;
      }
      passed += filter.flush().length;
      check(passed <= input.length, 'more came out than went in');
      check(starts === (filter.started() ? 1 : 0), 'the start was not reported exactly once');
      check(filter.started() || passed === 0, 'something before the marker was passed on');
    };
  },
};

const sshFailure: FuzzTarget = {
  name: 'ssh-failure',
  covers: ['src/adapters/ssh/ssh-failure.ts', 'src/cli/report-error.ts', 'src/fleet/printable.ts'],
  seeds: () => [
    'ssh: connect to host 192.0.2.1 port 22: Connection refused',
    'root@192.0.2.1: Permission denied (publickey).',
    '@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\r\nHost key verification failed.',
  ],
  dictionary: ['\u001b]0;title\u0007', '\u202e', '\u009b31m', '\r', '\n'],
  async load() {
    const { sshFailure: failure } = await import('../../../src/adapters/ssh/ssh-failure.ts');
    const { pinAddress } = await import('../../../src/adapters/ssh/pinned-address.ts');
    const { reportError } = await import('../../../src/cli/report-error.ts');
    const { paintFor } = await import('../../../src/cli/paint.ts');
    const { checkPrintable } = await import('../property.ts');
    const hostKeys = [`ssh-ed25519 ${'A'.repeat(68)}`];
    const address = pinAddress({ host: '192.0.2.1', port: 22, user: 'root', hostKeys });
    const paint = paintFor({}, {}, false);
    return (input) => {
      const error = failure(address, input.toString('utf8'));
      const { text } = reportError(error, { paint, verbose: true, stopped: false });
      checkPrintable(text, 'the error');
      check(error.message.length <= 4096, 'the error is long');
    };
  },
};

export const nodeTargets: readonly FuzzTarget[] = [probe, ansibleEvents, markerFilter, sshFailure];
export { environmentName };
