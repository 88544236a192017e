import type { BackupPolicyName } from '../../src/fleet/brand.ts';
import type { DesiredEnvironment } from '../../src/fleet/desired.ts';
import type { ObservedEnvironment, ObservedFleet, ObservedNode } from '../../src/fleet/observed.ts';
import type { Plan } from '../../src/fleet/plan.ts';
import type { BackupRecord, RecordedFleet, StatusDocument } from '../../src/fleet/recorded.ts';
import { plan } from '../../src/plan/plan.ts';
import type { PlanInput } from '../../src/plan/plan-input.ts';
import type { PlanContext } from '../../src/plan/plan-json.ts';
import { everyKind } from './action-kinds.ts';
import { convergedFleet, planInput } from './apply-plan.ts';
import { backupPolicy, backupRecord, backupRepository, recordedBackups } from './backup-builders.ts';
import { nights, windows } from './changing-fleet.ts';
import {
  artifact,
  blindNode,
  commitSha,
  condition,
  type DesiredParts,
  desiredEnvironment,
  desiredFleet,
  environmentRef,
  hetznerNode,
  nodeRef,
  observedFleet,
  recordedFleet,
  statusDocument,
} from './fleet-builders.ts';
import { sampleCommit } from './sample-plans.ts';

/**
 * Plans of small fleets from the planner, with all action kinds supported: the golden files of the renderers show what users see.
 * `sample-plans.ts` is for texts and combinations that the planner does not make.
 */
const now = Date.parse('2026-11-20T22:00:00Z');

/** From the status branch, three hours old. */
export const sampleContext: PlanContext = {
  fleet: 'acme',
  observed: {
    source: 'status',
    commit: commitSha('status'),
    at: '2026-11-20T18:56:40Z',
    ageSeconds: 3 * 3600 + 200,
  },
};

interface Change {
  readonly before: DesiredParts;
  readonly after: DesiredParts;
  readonly records?: readonly BackupRecord[];
  readonly status?: readonly StatusDocument[];
  readonly durations?: RecordedFleet['durations'];
  readonly observe?: (observed: ObservedFleet) => ObservedFleet;
}

const vault = { backupRepositories: [backupRepository()], backupPolicies: [backupPolicy()] };

export function inputOf({
  before,
  after,
  records = [],
  status = [],
  durations = [],
  observe = same,
}: Change): PlanInput {
  const recorded = { ...recordedFleet(status), backups: recordedBackups(...records), durations };
  return planInput({
    desired: desiredFleet({ commit: sampleCommit, ...vault, ...after }),
    observed: observe(convergedFleet(desiredFleet(before))),
    recorded,
    now,
    kinds: everyKind,
  });
}

const same = (observed: ObservedFleet) => observed;

/** Replaces the nodes of an observed fleet. */
function eachNode(change: (node: ObservedNode) => ObservedNode) {
  return (observed: ObservedFleet): ObservedFleet => ({
    ...observed,
    nodes: new Map([...observed.nodes].map(([name, node]) => [name, change(node)])),
  });
}

export function eachEnvironment(change: (seen: ObservedEnvironment) => ObservedEnvironment) {
  return eachNode((node) => ({
    ...node,
    environments: new Map([...node.environments].map(([name, seen]) => [name, change(seen)])),
  }));
}

const nightly = { policy: 'nightly' as BackupPolicyName };
const both = [hetznerNode('web-1', { phpVersions: ['8.2', '8.3'] })];

export const environment = (name: string, overrides: Partial<DesiredEnvironment> = {}) =>
  desiredEnvironment(name, { backups: nightly, ...overrides });

export const withMemory = (base: DesiredEnvironment, memoryLimit = '512M'): DesiredEnvironment => ({
  ...base,
  php: { ...base.php, memoryLimit },
});

const woocommerce = (version: string) => ({
  slug: 'woocommerce',
  version,
  active: true,
  ...artifact(`woocommerce.${version}.zip`),
});

/** A shop before and after a change of WordPress and of a plugin. */
export function shop(name: string) {
  const base = environment(name);
  const older: DesiredEnvironment = {
    ...base,
    wordpress: { ...base.wordpress, version: '7.0.3', plugins: [woocommerce('9.9.5')] },
  };
  const newer: DesiredEnvironment = {
    ...base,
    wordpress: { ...base.wordpress, plugins: [woocommerce('10.0.1')] },
  };
  return { older, newer };
}

export const acme = environment('acme-production');
export const shopProduction = shop('shop-production');

/** Durations of the last converges of an environment. */
function durationsOf(name: string, ...seconds: readonly number[]): RecordedFleet['durations'] {
  return seconds.map((took) => ({
    kind: 'environment.converge' as const,
    resource: environmentRef(name),
    durationMs: took * 1000,
  }));
}

const dataOnly = windows({ ...nights, risks: ['data'] });

function newFleet(): PlanInput {
  const environments = [acme, environment('acme-staging', { type: 'staging' })];
  return inputOf({
    before: {},
    after: { environments },
    observe: () => observedFleet([blindNode('web-1', 'absent')]),
  });
}

function changedFields(): PlanInput {
  const after: DesiredEnvironment = {
    ...withMemory(acme),
    nginx: {
      ...acme.nginx,
      serverSnippet: `location = /health {\n  return 204;\n}\n${'# long\n'.repeat(20)}`,
    },
    php: { ...withMemory(acme).php, version: '8.3' },
    wordpress: { ...acme.wordpress, constants: { SMTP_PASSWORD: 'sixteen letters!', WP_DEBUG: true } },
  };
  return inputOf({
    before: { nodes: both, environments: [acme] },
    after: { nodes: both, environments: [after] },
  });
}

function upgrade(): PlanInput {
  return inputOf({
    before: { environments: [shopProduction.older, acme] },
    after: { environments: [shopProduction.newer, withMemory(acme)] },
    durations: durationsOf('shop-production', 11, 12, 12, 12, 12, 13, 19),
  });
}

/** A retained environment, one with a verified final backup, a protected one, and a node without environments. */
function removals(): PlanInput {
  const old = environment('old', { deletionPolicy: 'backup-then-delete' });
  const since = condition('Ready', 'False', 'Retained', '2026-11-18T02:00:00Z');
  return inputOf({
    before: {
      nodes: [hetznerNode('web-1'), hetznerNode('web-9')],
      environments: [environment('kept'), old, environment('shop')],
    },
    after: { config: { deletionBudget: { maxCount: 9, maxPercent: 100 } } },
    observe: eachEnvironment((seen) => (seen.name === old.name ? { ...seen, retained: true } : seen)),
    status: [
      statusDocument(environmentRef('kept'), { node: 'web-1' }),
      statusDocument(environmentRef('old'), { node: 'web-1', conditions: [since] }),
      statusDocument(environmentRef('shop'), { node: 'web-1', protected: true }),
      statusDocument(nodeRef('web-9')),
    ],
    records: [
      backupRecord('old', { id: '20261119t020000-old', reason: 'final', takenAt: '2026-11-19T02:00:11Z' }),
    ],
  });
}

/** One change is blocked by its window, another by a missing approval, a third by a server that is switched off. */
function blocked(): PlanInput {
  const nodes = [hetznerNode('web-1'), hetznerNode('web-2')];
  const input = inputOf({
    before: { nodes, environments: [shopProduction.older, environment('old', { deletionPolicy: 'delete' })] },
    after: {
      nodes,
      environments: [shopProduction.newer],
      config: { approvals: { risks: ['data'], irreversible: false }, ...dataOnly },
    },
    observe: eachNode((node) =>
      node.name === 'web-2'
        ? {
            ...blindNode('web-2', 'unreachable'),
            reason: 'ServerOff',
            message: 'server demo-web-2 is switched off',
          }
        : node,
    ),
  });
  const planned = plan(input);
  const approved = planned.blocked.flatMap(({ resource, action }) =>
    resource === 'environment/shop-production' && action !== undefined ? [action.digest] : [],
  );
  const approvals = [{ plan: planned.digest, actions: approved, by: 'Ada', at: '2026-11-20T21:00:00Z' }];
  return { ...input, recorded: { ...input.recorded, approvals } };
}

/** An upgrade of Pressluft has other roles and playbooks. */
function newContent(): PlanInput {
  const environments = [acme, shopProduction.newer];
  const input = inputOf({ before: { environments }, after: { environments } });
  return { ...input, contentVersion: 'content-2' };
}

/** A revert to the state before an upgrade, for which a restore point was taken. */
function revert(): PlanInput {
  const before = desiredFleet({ environments: [shopProduction.older] });
  const [seen] = [...convergedFleet(before).nodes.values()].flatMap((node) => [
    ...node.environments.values(),
  ]);
  return inputOf({
    before: { environments: [shopProduction.newer] },
    after: { environments: [shopProduction.older] },
    records: [
      backupRecord('shop-production', {
        id: '20261120t020000-shop',
        reason: 'restore-point',
        takenAt: '2026-11-20T02:00:04Z',
        commit: commitSha('before'),
        appliedDigest: seen?.appliedDigest ?? null,
        sizeBytes: 1_234_567_890,
        verifiedAt: '2026-11-20T04:00:00Z',
      }),
    ],
  });
}

function many(): PlanInput {
  const names = Array.from({ length: 38 }, (_, index) => `site-${String(index + 1).padStart(2, '0')}`);
  const sites = names.map((name) => environment(name));
  const newPhp = (base: DesiredEnvironment) => ({ ...base, php: { ...base.php, version: '8.3' } });
  return inputOf({
    before: { nodes: both, environments: [shopProduction.older, ...sites] },
    after: { nodes: both, environments: [shopProduction.newer, ...sites.map(newPhp)] },
    durations: names.flatMap((name) => durationsOf(name, 2)),
  });
}

export const samplePlans = {
  empty: plan(inputOf({ before: { environments: [acme] }, after: { environments: [acme] } })),
  'new-fleet': plan(newFleet()),
  'changed-fields': plan(changedFields()),
  upgrade: plan(upgrade()),
  'new-content': plan(newContent()),
  removals: plan(removals()),
  blocked: plan(blocked()),
  revert: plan(revert()),
  many: plan(many()),
} satisfies Readonly<Record<string, Plan>>;
