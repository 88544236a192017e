import type { CommitSha, Digest, EnvironmentName, NodeName, ProviderName } from '../../src/fleet/brand.ts';
import type { Action, ActionKind, Blocked, FieldChange, Plan } from '../../src/fleet/plan.ts';
import type { BlockedReason } from '../../src/fleet/reasons.ts';
import { resourceRef } from '../../src/fleet/resource.ts';
import { commitSha, digest, manifestFileOf } from './fleet-builders.ts';

/**
 * Plans written by hand, for what no planner makes or what is only to be there: hostile text, limits, folding, one member that differs.
 * What golden files show is planned: `sample-fleets.ts`.
 */
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

export function blockedFor(action: Action, reason: BlockedReason, parts: Partial<Blocked> = {}): Blocked {
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
    notApplied: [],
  };
}

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
