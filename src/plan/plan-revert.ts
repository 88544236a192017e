import type { Digest } from '../fleet/brand.ts';
import type { DesiredEnvironment } from '../fleet/desired.ts';
import type { ObservedEnvironment } from '../fleet/observed.ts';
import type { ActionId, FieldChange } from '../fleet/plan.ts';
import type { BackupRecord } from '../fleet/recorded.ts';
import { backupsOf } from './backup-records.ts';
import { converge, restoredData } from './environment-actions.ts';
import { act, type PlanInput, type Planned } from './plan-input.ts';
import { riskOf } from './risk.ts';
import { undoOfChanges } from './undo.ts';

interface Change {
  readonly environment: DesiredEnvironment;
  readonly seen: ObservedEnvironment;
  readonly dependsOn: readonly ActionId[];
  readonly changes: readonly FieldChange[];
  /** Digest of the desired task. */
  readonly desiredDigest: Digest;
}

/**
 * Plans the return to a state that has a restore point, together with its data. Null when there is no restore point, or when no change can harm
 * data: then the current data fits and must not be replaced by older data.
 */
export function planRevert(input: PlanInput, change: Change): Planned | null {
  const { environment, changes, desiredDigest } = change;
  if (riskOf(changes) !== 'data') return null;
  const record = backupsOf(input, environment).find(
    ({ reason, appliedDigest }) =>
      appliedDigest === desiredDigest && (reason === 'restore-point' || reason === 'final'),
  );
  if (record === undefined) return null;
  return act(
    input.kinds['backup.restore'].supported
      ? restored(input, change, record)
      : codeOnly(input, change, record),
  );
}

function restored(input: PlanInput, change: Change, record: BackupRecord) {
  return converge(input, {
    ...change,
    kind: 'backup.restore',
    id: `backup.restore:${change.environment.name}@${record.id}`,
    reason: 'Reverted',
    message: `revert to the state before commit ${record.commit.slice(0, 12)}, with the data of ${record.takenAt}`,
    risk: 'data',
    restores: restoredData(record),
    undo: {
      byRevert: false,
      lost: `data written to the site since ${record.takenAt} is replaced`,
      restorePoint: null,
    },
    found: { record: record.id, snapshot: record.snapshot },
  });
}

function codeOnly(input: PlanInput, change: Change, record: BackupRecord) {
  const undo = undoOfChanges(change.changes);
  return converge(input, {
    ...change,
    reason: 'Reverted',
    message: `apply the reverted manifest; the data of ${record.takenAt} is in backup ${record.id}; this version does not restore it automatically`,
    undo: { ...undo, restorePoint: { kind: 'recorded', id: record.id, takenAt: record.takenAt } },
    found: { record: record.id, snapshot: record.snapshot },
  });
}
