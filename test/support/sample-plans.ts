import type { CommitSha, Digest, EnvironmentName, NodeName, ProviderName } from '../../src/fleet/brand.ts';
import type { Action, ActionKind, Blocked, FieldChange, Plan } from '../../src/fleet/plan.ts';
import type { BlockedReason } from '../../src/fleet/reasons.ts';
import { resourceRef } from '../../src/fleet/resource.ts';
import { type PlanContext, type PlanJson, planJson } from '../../src/plan/plan-json.ts';
import { commitSha, digest, manifestFileOf } from './fleet-builders.ts';

/** Plans for the tests of renderers: written by hand, so that they do not move when the planner's words do. */
export const sampleCommit: CommitSha = commitSha('head');

type ActionParts = Partial<Omit<Action, 'kind' | 'resource' | 'target'>>;

export function environmentAction(kind: ActionKind, name: string, parts: ActionParts = {}): Action {
  const resource = resourceRef('Environment', name as EnvironmentName);
  const target = {
    kind: 'environment',
    environment: name as EnvironmentName,
    node: 'web-1' as NodeName,
  } as const;
  return { ...base(kind, name), resource, target, cause: at(manifestFileOf(resource)), ...parts };
}

export function nodeAction(kind: ActionKind, name: string, parts: ActionParts = {}): Action {
  const resource = resourceRef('Node', name as NodeName);
  const target = { kind: 'node', node: name as NodeName, provider: 'hetzner' as ProviderName } as const;
  return { ...base(kind, name), resource, target, cause: at(manifestFileOf(resource)), ...parts };
}

function base(kind: ActionKind, name: string) {
  return {
    id: `${kind}:${name}`,
    kind,
    reason: 'SpecChanged',
    message: 'apply the changed manifest',
    changes: [],
    desiredDigest: digest(`desiredDigest ${kind} ${name}`),
    dependsOn: [],
    exclusive: [],
    risk: 'none',
    downtime: { seconds: 0, basis: 'none', samples: 0 },
    undo: { byRevert: true, lost: null, restorePoint: null },
    restores: null,
    formerFile: null,
    digest: digest(`action ${kind} ${name}`),
  } as const;
}

export function at(file: string, line = 10, column = 5) {
  return { file, line, column };
}

export function change(field: string, before: unknown, after: unknown): FieldChange {
  return { field, before, after };
}

export function heldBackBy(action: Action, reason: BlockedReason, parts: Partial<Blocked> = {}): Blocked {
  return {
    resource: action.resource,
    node: action.target.node,
    kind: action.kind,
    reason,
    message: 'it waits',
    nextStep: 'Wait.',
    needsPerson: false,
    cause: action.cause,
    action,
    ...parts,
  };
}

export function samplePlan(
  actions: readonly Action[],
  blocked: readonly Blocked[] = [],
  commit: CommitSha = sampleCommit,
): Plan {
  const names = [...actions.map(({ id }) => id), ...blocked.map(({ resource }) => resource)];
  return {
    version: 1,
    commit,
    digest: digest(`plan ${commit} ${names.join(' ')}`) as Digest,
    actions,
    blocked,
  };
}

const memory = change('php.memory_limit', '256M', '512M');

/** A version change with the restore point that precedes it. */
export function upgrade(name: string, commit: CommitSha = sampleCommit): readonly [Action, Action] {
  const point = environmentAction('backup.create', name, {
    id: `backup.create:${name}@${commit.slice(0, 12)}`,
    reason: 'RestorePoint',
    message: 'take a restore point before environment.converge',
  });
  const converge = environmentAction('environment.converge', name, {
    changes: [
      change('wordpress.plugins.woocommerce.version', '9.9.5', '10.0.1'),
      change('wordpress.version', '7.0.3', '7.1.1'),
    ],
    dependsOn: [point.id],
    risk: 'data',
    downtime: { seconds: 12, basis: 'recorded', samples: 7 },
    undo: {
      byRevert: false,
      lost: 'WordPress 7.1.1 changes the database, and an older WordPress does not undo it',
      restorePoint: { kind: 'planned', action: point.id },
    },
  });
  return [point, converge];
}

const restart = {
  changes: [memory],
  risk: 'restart',
  downtime: { seconds: 0, basis: 'none', samples: 0 },
} as const;

export const samplePlans = {
  empty: samplePlan([]),
  'new-fleet': samplePlan([
    nodeAction('node.create', 'web-1', {
      reason: 'Missing',
      message: 'create server cx23 in fsn1, image debian-12',
    }),
    nodeAction('node.provision', 'web-1', {
      reason: 'Missing',
      message: 'install and configure the node',
      dependsOn: ['node.create:web-1'],
    }),
    ...['acme-production', 'acme-staging'].map((name) =>
      environmentAction('environment.converge', name, {
        reason: 'Missing',
        message: 'create the environment',
        dependsOn: ['node.create:web-1', 'node.provision:web-1'],
      }),
    ),
  ]),
  'changed-fields': samplePlan([
    environmentAction('environment.converge', 'acme-production', {
      risk: 'downtime',
      downtime: { seconds: 10, basis: 'assumed', samples: 0 },
      changes: [
        change(
          'nginx.server_snippet',
          null,
          `location = /health {\n  return 204;\n}\n${'# long\n'.repeat(20)}`,
        ),
        memory,
        change('php.version', '8.2', '8.3'),
        change('wordpress.constants.SMTP_PASSWORD', null, '[redacted]'),
        change('wordpress.constants.WP_DEBUG', null, true),
      ],
    }),
  ]),
  upgrade: samplePlan([
    ...upgrade('shop-production'),
    environmentAction('environment.converge', 'acme-production', restart),
  ]),
  removals: samplePlan(
    [
      environmentAction('environment.retain', 'kept', {
        reason: 'Removed',
        message: 'take out of service and keep the data (policy retain)',
        risk: 'downtime',
        cause: null,
      }),
      environmentAction('environment.delete', 'old', {
        reason: 'Removed',
        message: 'delete the environment with its data',
        risk: 'data',
        cause: null,
        undo: {
          byRevert: false,
          lost: 'the database and the uploads are deleted',
          restorePoint: { kind: 'recorded', id: '20261119t020000-old', takenAt: '2026-11-19T02:00:11Z' },
        },
      }),
      nodeAction('node.delete', 'web-9', {
        reason: 'Removed',
        message: 'delete server demo-web-9',
        risk: 'data',
        cause: null,
        undo: {
          byRevert: false,
          lost: 'the server and its disk are deleted; a revert makes a new and empty one',
          restorePoint: null,
        },
      }),
    ],
    [
      {
        resource: resourceRef('Environment', 'shop' as EnvironmentName),
        node: 'web-1' as NodeName,
        kind: 'environment.delete',
        reason: 'Protected',
        message: 'it was applied with protected: true',
        nextStep: 'Bring the manifest back with protected: false, let it be applied, then remove it.',
        needsPerson: true,
        cause: null,
      },
    ],
  ),
  'held-back': samplePlan(
    [],
    [
      heldBackBy(upgrade('shop-production')[1], 'MaintenanceWindow', {
        message: 'waits for window nights (02:00 to 04:00 Europe/Berlin)',
        nextStep:
          'No action needed; it acts when the window opens. spec.windowOverride of the environment skips windows.',
        notBefore: '2026-11-21T01:00:00Z',
        timezone: 'Europe/Berlin',
      }),
      heldBackBy(
        environmentAction('environment.delete', 'old', { reason: 'Removed', risk: 'data' }),
        'ApprovalRequired',
        {
          message: 'what touches data needs an approval',
          nextStep: 'Run `pressluft approve sha256:0123` to approve this plan.',
          needsPerson: true,
        },
      ),
      {
        resource: resourceRef('Node', 'web-2' as NodeName),
        node: 'web-2' as NodeName,
        kind: 'node.provision',
        reason: 'ServerOff',
        message: 'its server is switched off',
        nextStep: 'Power the server of web-2 on at the provider; everything else goes on meanwhile.',
        needsPerson: false,
        cause: at('nodes/web-2.yaml', 1, 1),
      },
    ],
  ),
  revert: samplePlan([
    environmentAction('backup.restore', 'shop-production', {
      reason: 'Reverted',
      message: 'bring back the data of before the change',
      risk: 'data',
      downtime: { seconds: 95, basis: 'assumed', samples: 0 },
      undo: {
        byRevert: false,
        lost: 'orders and comments made since the backup are replaced',
        restorePoint: { kind: 'planned', action: 'backup.create:shop-production@0123456789ab' },
      },
      restores: {
        backup: '20261120t020000-shop',
        takenAt: '2026-11-20T02:00:04Z',
        commit: commitSha('before'),
        scope: 'full',
        sizeBytes: 1_234_567_890,
        verified: true,
      },
    }),
  ]),
  many: samplePlan([
    ...upgrade('shop-production'),
    ...Array.from({ length: 38 }, (_, index) =>
      environmentAction('environment.converge', `site-${String(index + 1).padStart(2, '0')}`, {
        ...restart,
        reason: 'ContentChanged',
        message: 'apply the roles of this version',
        downtime: { seconds: 2, basis: 'recorded', samples: 38 },
      }),
    ),
  ]),
} satisfies Readonly<Record<string, Plan>>;

/** As the status branch had it three hours before. */
export const sampleContext: PlanContext = {
  fleet: 'acme',
  observed: {
    source: 'status',
    commit: commitSha('status'),
    at: '2026-11-20T18:56:40Z',
    ageSeconds: 3 * 3600 + 200,
  },
};

/** What is pending before a merge, and what there is with it. */
export function sampleMerge(): { readonly base: PlanJson; readonly head: PlanJson } {
  const before = commitSha('base');
  const news = (name: string) =>
    environmentAction('environment.converge', name, { ...restart, reason: 'Drifted' });
  const pending = ['blog-production', 'blog-staging'].map(news);
  const resolved = news('docs-staging');
  const waiting: Blocked = {
    resource: resourceRef('Node', 'web-3' as NodeName),
    node: 'web-3' as NodeName,
    kind: 'node.provision',
    reason: 'NodeUnreachable',
    message: 'no answer over SSH since 2026-11-20 17:02 UTC',
    nextStep: 'Look at the server in the console of the provider.',
    needsPerson: false,
    cause: at('nodes/web-3.yaml', 1, 1),
  };
  const added = [
    ...upgrade('shop-production'),
    environmentAction('environment.converge', 'acme-production', {
      ...restart,
      cause: at('sites/acme.yaml', 21, 7),
    }),
    environmentAction('environment.converge', 'acme-staging', {
      reason: 'Missing',
      message: 'create the environment',
      cause: at('sites/acme-staging.yaml', 1, 1),
    }),
  ];
  const held = heldBackBy(
    environmentAction('environment.delete', 'old-campaign', {
      reason: 'Removed',
      message: 'delete the environment with its data',
      risk: 'data',
      cause: null,
      undo: {
        byRevert: false,
        lost: 'the database and the uploads are deleted',
        restorePoint: {
          kind: 'recorded',
          id: '20261120t020000-old-campaign',
          takenAt: '2026-11-20T02:00:11Z',
        },
      },
    }),
    'MaintenanceWindow',
    {
      message: 'waits for maintenance window nights',
      nextStep: 'No action needed; it acts from 2026-11-21T01:00:00Z.',
      notBefore: '2026-11-21T01:00:00Z',
      timezone: 'Europe/Berlin',
    },
  );
  return {
    base: planJson(
      samplePlan([...upgrade('wiki-production', before), ...pending, resolved], [waiting], before),
      sampleContext,
    ),
    head: planJson(
      samplePlan([...added, ...upgrade('wiki-production'), ...pending], [waiting, held]),
      sampleContext,
    ),
  };
}
