import type { EnvironmentName, NodeName, ResourceRef } from '../fleet/brand.ts';
import type { DesiredEnvironment } from '../fleet/desired.ts';
import { digestOf } from '../fleet/digest.ts';
import { epochMsOf } from '../fleet/instant.ts';
import { uidOf } from '../fleet/naming.ts';
import type { ObservedEnvironment, ObservedNode } from '../fleet/observed.ts';
import type { Action, ActionId, ActionKind, Blocked, Undo } from '../fleet/plan.ts';
import { reasons } from '../fleet/reasons.ts';
import type { BackupRecord, StatusDocument } from '../fleet/recorded.ts';
import { resourceRef } from '../fleet/resource.ts';
import { backupsOf, bestFullBackup } from './backup-records.ts';
import { type Block, because, blockedBy } from './block-actions.ts';
import type { FleetView } from './fleet-view.ts';
import { whatIsLost } from './losses.ts';
import { makeAction } from './make-action.ts';
import { act, block, merge, nothing, type PlanInput, type Planned } from './plan-input.ts';
import { formerFileOf, guardRemoval } from './removal-guards.ts';
import { byRevert, lost } from './undo.ts';

/** Plans retention, final backup and deletion of an environment without a manifest, according to its applied deletion policy. */
export function removeEnvironment(input: FleetView, node: ObservedNode, seen: ObservedEnvironment): Planned {
  const ref = resourceRef('Environment', seen.name);
  const desired = input.desired.environments.get(seen.name);
  if (desired !== undefined) return removeCopy(input, node, seen, desired);
  const uid = uidOf(input.desired.config.fleet, ref);
  // Only environments with the identity of this fleet are removed.
  if (seen.uid !== uid || livesElsewhere(input, node, seen)) return nothing;
  const policy = seen.deletionPolicy ?? 'retain';
  if (policy === 'retain' && seen.retained) return nothing;
  const step = (kind: ActionKind, details: StepDetails = {}) => removal(input, node, seen, kind, details);
  const first = step(policy === 'delete' ? 'environment.delete' : 'environment.retain');
  const isProtected = seen.appliedSpec?.protected === true;
  const guarded = guardRemoval(input, first, isProtected);
  if (guarded !== null) return guarded;
  switch (policy) {
    case 'retain':
    case 'delete':
      return act(first);
    case 'backup-then-delete':
      return seen.retained
        ? afterFinalBackup(input, seen, step)
        : merge([act(first), block(deletionToCome(input, step('environment.delete')))]);
    default:
      return policy satisfies never;
  }
}

/**
 * A second copy, e.g. of a site that was created again while the node of the first had no manifest, is retained once the node of the
 * manifest has the complete site. Its data is kept.
 */
function removeCopy(
  input: PlanInput,
  node: ObservedNode,
  seen: ObservedEnvironment,
  { name, node: desiredNode, uid }: DesiredEnvironment,
): Planned {
  if (desiredNode === node.name || seen.uid !== uid || seen.retained) return nothing;
  const home = input.observed.nodes.get(desiredNode)?.environments.get(name);
  if (home?.complete !== true || home.uid !== uid || home.retained) return nothing;
  // The claim of the node is no proof; the controller has recorded where it started to create one.
  if (input.recorded.interrupted?.get(resourceRef('Environment', name)) !== node.name) return nothing;
  const message = `take the copy on ${node.name} out of service and keep its data; it lives on ${desiredNode}`;
  return act(
    removal(input, node, seen, 'environment.retain', {
      id: `environment.retain:${name}@${node.name}`,
      message,
    }),
  );
}

/** Whether a record places it on another node that has it or is unreachable: the claim of a node about itself is no proof. */
function livesElsewhere(
  { recorded, observed }: PlanInput,
  node: ObservedNode,
  { name, uid }: ObservedEnvironment,
): boolean {
  const recordedNode = recorded.status.get(resourceRef('Environment', name))?.node ?? node.name;
  if (recordedNode === node.name) return false;
  const home = observed.nodes.get(recordedNode as NodeName);
  if (home === undefined) return false;
  return home.environments.get(name)?.uid === uid || home.state === 'unreachable' || home.state === 'unknown';
}

type Step = (kind: ActionKind, details?: StepDetails) => Action;

/** Plans the deletion of a retained environment: only with a verified final backup that was taken after it was retained. */
function afterFinalBackup(input: PlanInput, seen: ObservedEnvironment, step: Step): Planned {
  const ref = resourceRef('Environment', seen.name);
  const status = input.recorded.status.get(ref);
  const since = outOfServiceSince(status);
  if (since === null) {
    return block(
      blockedRemoval(
        step('environment.delete'),
        because(
          'FinalBackupMissing',
          'it is not recorded when it was taken out of service, so no backup can count as the final one',
          'Back up and delete it by hand, or restore its manifest.',
        ),
      ),
    );
  }
  const final = finalBackups(input, ref, since);
  const proven = final.find(isProven);
  if (proven !== undefined) return act(step('environment.delete', { final: proven }));
  const [newest] = final;
  if (newest !== undefined) {
    const { message, nextStep } = reasons.FinalBackupUnverified;
    const why = because('FinalBackupUnverified', message(newest.id), nextStep);
    return block(blockedRemoval(step('environment.delete'), why));
  }
  if (input.kinds['backup.create'].supported) {
    const backup = step('backup.create', { id: `backup.create:${seen.name}@final` });
    return merge([act(backup), block(deletionToCome(input, step('environment.delete')))]);
  }
  return block(deletionToCome(input, step('environment.delete')));
}

/** The backup after which a retained environment may be deleted. */
export function provenFinalBackup(input: PlanInput, status: StatusDocument): BackupRecord | undefined {
  const since = outOfServiceSince(status);
  return since === null ? undefined : finalBackups(input, status.ref, since).find(isProven);
}

function finalBackups(input: PlanInput, ref: ResourceRef, since: number): readonly BackupRecord[] {
  const name = ref.slice('environment/'.length) as EnvironmentName;
  return backupsOf(input, { name, uid: uidOf(input.desired.config.fleet, ref) }).filter(
    ({ reason, scope, takenAt }) =>
      reason === 'final' && scope === 'full' && (epochMsOf(takenAt) ?? 0) >= since,
  );
}

function isProven({ verifiedAt }: BackupRecord): boolean {
  return verifiedAt !== null;
}

/**
 * When an environment was taken out of service, in ms since the epoch; null when not recorded. Earlier backups may lack data that was
 * written before that time.
 */
function outOfServiceSince(status: StatusDocument | undefined): number | null {
  const recorded = status?.details.retainedSince;
  if (typeof recorded === 'string') return epochMsOf(recorded);
  const ready = status?.conditions.find((condition) => condition.type === 'Ready');
  return ready === undefined || ready.status === 'True' ? null : epochMsOf(ready.lastTransitionTime);
}

function deletionToCome(input: PlanInput, action: Action): Blocked {
  if (!input.kinds['backup.create'].supported) {
    const why = because(
      'FinalBackupMissing',
      'it is deleted only after a verified final backup, and this version makes no backups yet; its data is kept',
      'No data is lost. To delete it now, restore the manifest with deletionPolicy: delete, wait until it is applied, then remove it.',
    );
    return blockedRemoval(action, why);
  }
  const { message, nextStep } = reasons.FinalBackupPending;
  return blockedRemoval(action, because('FinalBackupPending', message, nextStep));
}

function blockedRemoval(action: Action, why: Block): Blocked {
  return { ...blockedBy(action, why), cause: null };
}

interface StepDetails {
  readonly id?: ActionId;
  readonly message?: string;
  readonly final?: BackupRecord;
}

function removal(
  input: PlanInput,
  node: ObservedNode,
  seen: ObservedEnvironment,
  kind: ActionKind,
  { id, final, message }: StepDetails,
): Action {
  const ref = resourceRef('Environment', seen.name);
  return makeAction(input, {
    id: id ?? `${kind}:${seen.name}`,
    kind,
    resource: ref,
    target: { kind: 'environment', environment: seen.name, node: node.name },
    reason: kind === 'backup.create' ? 'FinalBackup' : 'Removed',
    message: message ?? messageOf(kind, seen),
    cause: null,
    formerFile: formerFileOf(input, ref),
    changes: [],
    desiredDigest: digestOf({ remove: ref, kind }),
    dependsOn: [],
    exclusive: [`node/${node.name}`, `environment/${seen.name}`],
    undo: kind === 'environment.delete' ? undoOfDeletion(input, seen, final) : byRevert,
    found: { node: node.name, complete: seen.complete, retained: seen.retained, final: final?.id ?? null },
  });
}

function messageOf(kind: ActionKind, seen: ObservedEnvironment): string {
  if (kind === 'backup.create') return 'take the final backup before deletion';
  if (kind === 'environment.delete') return 'delete the environment with its data';
  const policy = `policy ${seen.deletionPolicy ?? 'retain'}`;
  const missing = seen.missingData ?? [];
  return missing.length === 0
    ? `take out of service and keep the data (${policy})`
    : `take out of service and keep what is left of the data (${policy}); missing: ${whatIsLost(missing)}`;
}

/** A deletion can be undone from a backup, if there is one. */
function undoOfDeletion(input: PlanInput, seen: ObservedEnvironment, final: BackupRecord | undefined): Undo {
  const uid = uidOf(input.desired.config.fleet, resourceRef('Environment', seen.name));
  if (final === undefined && seen.deletionPolicy === 'backup-then-delete') {
    return lost(
      'the database and the uploads are deleted from the node after their final backup is verified',
    );
  }
  const record = final ?? bestFullBackup(input, { name: seen.name, uid });
  if (record === undefined)
    return lost('the database and the uploads are deleted and there is no backup of them');
  return {
    byRevert: false,
    lost:
      final === undefined
        ? `the database and the uploads are deleted; the last backup is of ${record.takenAt}`
        : 'the database and the uploads are deleted from the node',
    restorePoint: { kind: 'recorded', id: record.id, takenAt: record.takenAt },
  };
}
