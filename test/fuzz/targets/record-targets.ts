import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { check, checkPlain, checkPrintable } from '../property.ts';
import type { FuzzTarget } from '../target.ts';
import { loadWorld, repositoryRoot } from './world.ts';

const digest = `sha256:${'b'.repeat(64)}`;
const commit = 'd'.repeat(40);

const nodeStatus = `# Written by Pressluft.
apiVersion: pressluft.dev/v1
kind: Status
metadata:
  name: web-1
resource: node/web-1
uid: abcdefghijklmnop
source:
  file: nodes/web-1.yaml
  observedRevision: ${commit}
appliedRevision: ${commit}
appliedDigest: ${digest}
protected: true
deletionPolicy: retain
provider: hetzner
conditions:
  - type: Ready
    status: "False"
    reason: NodeNotReady
    message: the disk is full
    nextStep: Free some.
    lastTransitionTime: 2026-01-01T00:00:00.000Z
details:
  ipv4: 192.0.2.7
  hostKey: ssh-ed25519 AAAA
  memoryMib: 4096
  server:
    id: 42
    name: web-1
    type: cx23
    location: fsn1
    owner: none
  observed:
    state: not_ready
    reason: disk_full
    message: the disk is full
    failing:
      - code: disk_full
        message: full
    orphans:
      - name: old
        state: stopped
        retained: true
        digest: ${digest}
        applied:
          state: stopped
applied:
  fleet: example
  key: "[redacted 12345678]"
`;

const environmentStatus = `apiVersion: pressluft.dev/v1
kind: Status
metadata: { name: acme-production }
resource: environment/acme-production
uid: abcdefghijklmnop
source: { file: sites/acme/production.yaml }
appliedDigest: ${digest}
node: web-1
conditions: [{ type: Drifted, status: "True", reason: FileChanged, message: x, notBefore: 2026-01-01T00:00:00Z, timezone: Europe/Berlin, lastTransitionTime: "" }]
details:
  http: 500
  wordpress: 7.1.1
  plugins: { akismet: "5.5" }
  observed:
    state: running
    complete: false
    deletionPolicy: delete
    drift: [{ path: /etc/x, expected: a, actual: b }]
    failedServices: [nginx]
applied: { state: running, wordpress: { version: "7.0" } }
`;

const providerStatus = `kind: Status
resource: provider/hetzner
uid: abcdefghijklmnop
conditions:
  - { type: Ready, status: "True", reason: Connected, message: "", lastTransitionTime: "2026-01-01T00:00:00Z" }
details:
  serverTypes:
    asOf: 2026-01-01T00:00:00Z
    types:
      cx23:
        { architecture: x86, cores: 2, memoryMib: 4096, diskGib: 40, locations: [fsn1, nbg1, hel1], soldOut: [nbg1, hel1], until: { hel1: "2026-01-01T00:00:00Z" } }
`;

const status: FuzzTarget = {
  name: 'status-document',
  covers: [
    'src/record/status/status-document.ts',
    'src/record/read-yaml.ts',
    'src/record/write-yaml.ts',
    'src/record/status/codec.ts',
    'src/record/status/node-details.ts',
    'src/record/status/environment-details.ts',
    'src/record/recorded-offer.ts',
    'src/record/known-facts.ts',
    'src/record/node-from-status.ts',
    'src/record/observed-from-status.ts',
  ],
  seeds: () => [nodeStatus, environmentStatus, providerStatus],
  structure: 'yaml',
  maxBytes: 65_536,
  async load() {
    const { parseStatus, renderStatus } = await import('../../../src/record/status/status-document.ts');
    const { observedFromStatus } = await import('../../../src/record/observed-from-status.ts');
    const { factsFromRecords } = await import('../../../src/record/known-facts.ts');
    const { readYaml } = await import('../../../src/record/read-yaml.ts');
    const { writeYaml } = await import('../../../src/record/write-yaml.ts');
    const world = await loadWorld();
    return (input) => {
      const text = input.toString('utf8');
      const written = writeYaml(readYaml(text));
      check(writeYaml(readYaml(written)) === written, 'a record does not read as it was written');
      const document = parseStatus(text);
      if (document === undefined) return;
      check(parseStatus(renderStatus(document)) !== undefined, 'a record does not survive being written');
      factsFromRecords([document], 0);
      const recorded = world.recordedWith(document);
      world.follow(observedFromStatus(world.desired, recorded), recorded);
    };
  },
};

const runRecord: FuzzTarget = {
  name: 'run-record',
  covers: ['src/record/read-run.ts', 'src/record/run-durations.ts', 'src/record/read-yaml.ts'],
  seeds: () => [
    `kind: Run
metadata:
  name: 20260501t100000z-abcdefgh
revision: ${commit}
startedAt: 2026-05-01T10:00:00.000Z
endedAt: 2026-05-01T10:00:09.000Z
interrupted: true
results:
  - action: environment.converge:acme
    kind: environment.converge
    resource: environment/acme
    outcome: succeeded
    changed: true
    durationMs: 1200
    error:
      code: PL4032
      message: no space
      hint: Make some.
steps:
  - name: database
    resource: environment/acme
    status: failed
    durationMs: 1200.4
    message: no
`,
  ],
  structure: 'yaml',
  maxBytes: 65_536,
  async load() {
    const { readRun } = await import('../../../src/record/read-run.ts');
    const { parseDurations, newestOfEach } = await import('../../../src/record/run-durations.ts');
    const { estimatesOf } = await import('../../../src/plan/estimates.ts');
    const { actionKinds } = await import('../../../src/actions/index.ts');
    return (input) => {
      const text = input.toString('utf8');
      const run = readRun(text);
      checkPlain(run, 'the run');
      for (const step of run?.steps ?? []) check(step.durationMs >= 0, 'a step has a negative duration');
      estimatesOf(newestOfEach(parseDurations(text)), actionKinds);
    };
  },
};

const backupRecord: FuzzTarget = {
  name: 'backup-record',
  covers: ['src/record/backup-document.ts', 'src/record/approval-document.ts', 'src/record/read-yaml.ts'],
  seeds: () => [
    `apiVersion: pressluft.dev/v1
kind: BackupRecord
metadata:
  name: 20260501t1000-full
environment: acme
uid: abcdefghijklmnop
reason: scheduled
scope: full
takenAt: 2026-05-01T10:00:00Z
commit: ${commit}
appliedDigest: ${digest}
repository: main
snapshot: abc
sizeBytes: 1000
durationMs: 20
versions:
  wordpress: 7.1.1
  php: "8.2"
verifiedAt: 2026-05-02T10:00:00Z
`,
    `kind: Approval\nplan: ${digest}\nby: dana\nat: 2026-05-01T10:00:00Z\nactions:\n  - ${digest}\n`,
  ],
  structure: 'yaml',
  async load() {
    const { backupPath, parseBackup, renderBackup } = await import('../../../src/record/backup-document.ts');
    const { approvalPath, parseApproval } = await import('../../../src/record/approval-document.ts');
    return (input) => {
      const text = input.toString('utf8');
      const id = /name: "?([^\n"]{1,120})/.exec(text)?.[1];
      const backup = parseBackup(text, `backups/${/environment: ([^\n]{1,80})/.exec(text)?.[1]}/${id}.yaml`);
      checkPlain(backup, 'the backup');
      if (backup !== undefined) {
        const again = parseBackup(renderBackup(backup), backupPath(backup));
        check(again !== undefined, 'a backup does not survive being written');
      }
      const plan = /sha256:([0-9a-f]{16})/.exec(text)?.[1];
      const approval = parseApproval(text, `approvals/${plan}.yaml`);
      if (approval !== undefined)
        check(approvalPath(approval) === `approvals/${plan}.yaml`, 'it has another path');
    };
  },
};

const observedFile: FuzzTarget = {
  name: 'observed-file',
  covers: ['src/record/observed-file.ts', 'src/record/observed-from-status.ts', 'src/record/status/codec.ts'],
  seeds: () => [
    JSON.stringify({
      format: 'pressluft-observed',
      version: 1,
      fleet: 'example',
      at: '2026-05-01T10:00:00Z',
      contentVersion: 'content-1',
      providers: [{ name: 'hetzner', state: 'connected', reason: 'Connected', message: '' }],
      nodes: [
        {
          name: 'web-1',
          provider: 'hetzner',
          ipv4: '192.0.2.1',
          server: { id: 1, name: 'web-1', type: 'cx23', location: 'fsn1', image: 'debian-12' },
          digest,
          applied: { fleet: 'example' },
          observed: { state: 'ready' },
          environments: [
            {
              name: 'acme-production',
              state: 'running',
              digest,
              applied: { state: 'running' },
              wordpressVersion: '7.1.1',
              drift: [{ path: '/x', expected: 'a', actual: null }],
              failedServices: ['nginx'],
            },
          ],
        },
      ],
    }),
  ],
  structure: 'json',
  maxBytes: 65_536,
  // The schema is compiled with each call.
  maxMs: 4000,
  async load() {
    const { parseObservedFile } = await import('../../../src/record/observed-file.ts');
    const { nothingRecorded } = await import('../../../src/fleet/recorded.ts');
    const world = await loadWorld();
    return (input) => {
      const saved = parseObservedFile(input.toString('utf8'));
      if (typeof saved === 'string') return check(saved.length < 2000, 'the problem is long');
      check(Number.isFinite(Date.parse(saved.at)), 'its time is no time');
      world.follow(saved.of(world.desired), nothingRecorded);
    };
  },
};

const planDocument: FuzzTarget = {
  name: 'plan-json',
  covers: [
    'src/plan/parse-plan-json.ts',
    'src/plan/compare-plans.ts',
    'src/plan/plan-words.ts',
    'src/plan/plan-view.ts',
  ],
  seeds: () =>
    ['removals', 'blocked', 'upgrade', 'revert'].map((name) =>
      readFileSync(join(repositoryRoot, `test/golden/plan/${name}.golden.json`)),
    ),
  structure: 'json',
  maxBytes: 65_536,
  maxMs: 4000,
  async load() {
    const { parsePlanJson } = await import('../../../src/plan/parse-plan-json.ts');
    const { comparePlans } = await import('../../../src/plan/compare-plans.ts');
    const { renderPlanMarkdown, renderPlanText } = await import('../../support/render-plan.ts');
    return (input) => {
      const value = parsed(input.toString('utf8'));
      const plan = parsePlanJson(value);
      if (typeof plan === 'string') return;
      for (const subject of [plan, comparePlans(plan, plan)]) {
        checkPrintable(renderPlanText(subject), 'the text');
        checkPrintable(renderPlanMarkdown(subject), 'the comment');
      }
    };
  },
};

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

export const recordTargets: readonly FuzzTarget[] = [
  status,
  runRecord,
  backupRecord,
  observedFile,
  planDocument,
];
