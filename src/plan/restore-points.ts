import { digestOf } from '../fleet/digest.ts';
import { epochMsOf } from '../fleet/instant.ts';
import type { Action, Undo } from '../fleet/plan.ts';
import { backupsOf, bestFullBackup, repositoryOf } from './backup-records.ts';
import { restorePointReason } from './block-actions.ts';
import { causeOf } from './cause.ts';
import { foundOf } from './environment-actions.ts';
import { makeAction } from './make-action.ts';
import type { PlanInput } from './plan-input.ts';

/**
 * Plans a restore point before every action that can harm the data of an existing environment: one per environment and commit.
 * Expects the actions in the order of a plan. If no restore point can be taken, the action says so and names the last backup, if any.
 */
export function withRestorePoints(input: PlanInput, actions: readonly Action[]): readonly Action[] {
  const points = new Map<string, Action>();
  const guarded = actions.map((action) => {
    const guarding = guardOf(input, action);
    if (guarding === null) return action;
    if (guarding.point === null) return { ...action, undo: guarding.undo };
    points.set(guarding.point.id, points.get(guarding.point.id) ?? guarding.point);
    return { ...action, undo: guarding.undo, dependsOn: [...action.dependsOn, guarding.point.id] };
  });
  return points.size === 0 ? guarded : [...guarded, ...points.values()];
}

function guardOf(
  input: PlanInput,
  action: Action,
): { readonly undo: Undo; readonly point: Action | null } | null {
  const { target, undo } = action;
  if (action.risk !== 'data' || target.kind !== 'environment') return null;
  const environment = input.desired.environments.get(target.environment);
  const seen = input.observed.nodes.get(target.node)?.environments.get(target.environment);
  if (environment === undefined || seen?.complete !== true) return null;

  const taken = backupsOf(input, environment).find(
    (record) =>
      record.reason === 'restore-point' &&
      record.commit === input.desired.commit &&
      record.appliedDigest === seen.appliedDigest,
  );
  if (taken !== undefined) {
    return {
      undo: { ...undo, restorePoint: { kind: 'recorded', id: taken.id, takenAt: taken.takenAt } },
      point: null,
    };
  }
  const obstacle = whyNone(input, environment);
  if (obstacle !== null) {
    const last = lastBackup(input, environment, action);
    const restorePoint =
      undo.restorePoint ??
      (last === undefined ? null : { kind: 'recorded' as const, id: last.id, takenAt: last.takenAt });
    const without = `no restore point is taken: ${obstacle}`;
    return {
      undo: { ...undo, lost: undo.lost === null ? without : `${undo.lost}; ${without}`, restorePoint },
      point: null,
    };
  }
  const commit = input.desired.commit;
  const point = makeAction(input, {
    id: `backup.create:${environment.name}@${commit.slice(0, 12)}`,
    kind: 'backup.create',
    resource: environment.ref,
    target,
    reason: restorePointReason,
    message: `take a restore point before ${action.resource === environment.ref ? action.kind : `${action.kind} of ${action.resource}`}`,
    cause: action.cause ?? causeOf(input.desired, environment.ref),
    changes: [],
    desiredDigest: digestOf({ restorePoint: environment.uid, of: seen.appliedDigest, commit }),
    dependsOn: action.dependsOn.filter((id) => id.startsWith('node.')),
    exclusive: [`node/${target.node}`, `environment/${environment.name}`],
    found: foundOf(seen),
  });
  return { undo: { ...undo, restorePoint: { kind: 'planned', action: point.id } }, point };
}

/** The last usable backup; for a restore only one that contains the data that the restore replaces. */
function lastBackup(input: PlanInput, owner: Parameters<typeof backupsOf>[1], { restores }: Action) {
  const last = bestFullBackup(input, owner);
  if (last === undefined || restores === null) return last;
  return (epochMsOf(last.takenAt) ?? 0) > (epochMsOf(restores.takenAt) ?? 0) ? last : undefined;
}

function whyNone(input: PlanInput, environment: Parameters<typeof repositoryOf>[1]): string | null {
  if (!input.kinds['backup.create'].supported) return 'this version of Pressluft makes no backups yet';
  if (environment.backups.policy === null) return 'the environment has no backup policy';
  return repositoryOf(input, environment) === undefined
    ? 'its backup policy names no known repository'
    : null;
}
