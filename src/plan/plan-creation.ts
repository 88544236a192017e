import type { EnvironmentName } from '../fleet/brand.ts';
import type { DesiredEnvironment } from '../fleet/desired.ts';
import { ownershipBy } from '../fleet/ownership.ts';
import type { ActionId } from '../fleet/plan.ts';
import { reasons } from '../fleet/reasons.ts';
import type { BackupRecord } from '../fleet/recorded.ts';
import { availabilityOf } from './availability.ts';
import { bestFullBackup } from './backup-records.ts';
import { type Block, because } from './block-actions.ts';
import { causeOf } from './cause.ts';
import { converge, foundOf, restoredData } from './environment-actions.ts';
import type { FleetView } from './fleet-view.ts';
import { lostData } from './losses.ts';
import { act, block, type Planned, type PlannedParts } from './plan-input.ts';
import { byRevert } from './undo.ts';

/**
 * Plans the creation of an environment with the data that its manifest asks for. Its own data, saved before it was deleted, have
 * priority. An environment that is to be a copy never starts as an empty WordPress.
 */
export function planCreation(
  view: FleetView,
  environment: DesiredEnvironment,
  dependsOn: readonly ActionId[],
  parts: PlannedParts,
): Planned {
  const own = bestFullBackup(view, environment);
  const loss = lostData(view, environment, undefined);
  if (own !== undefined && view.kinds['backup.restore'].supported) {
    return act(createFrom(view, environment, dependsOn, own, 'Returned'));
  }
  // What its data was made from is older than what is lost, so a copy is accepted by a person as well.
  if (loss !== null) {
    const restorePoint =
      own === undefined ? null : ({ kind: 'recorded', id: own.id, takenAt: own.takenAt } as const);
    const undo = { ...(loss.undo ?? byRevert), restorePoint };
    return act(converge(view, { environment, seen: undefined, dependsOn, ...loss, undo }));
  }
  const { source } = environment;
  switch (source.kind) {
    case 'new':
      return act(
        own === undefined
          ? createEmpty(view, environment, dependsOn)
          : createWithoutData(view, environment, dependsOn, own),
      );
    case 'clone':
      return createClone(view, environment, source.environment, dependsOn, parts);
    case 'backup': {
      const record = view.backupById(source.record);
      if (record !== undefined && !mayCopy(view, environment, record.environment)) {
        const message = `backup ${record.id} is of ${record.environment}, and the file of this environment may only hold what is of the site ${environment.site}`;
        const nextStep = `Name a backup of an environment of ${environment.site}, or let the fleet owner write this environment (spec.ownership).`;
        return refuse(view, environment, 'backup.restore', because('BackupUnknown', message, nextStep));
      }
      return record === undefined
        ? refuse(
            view,
            environment,
            'backup.restore',
            because(
              'BackupUnknown',
              `no backup ${source.record} is recorded`,
              'Name a recorded backup in spec.source.backup (`ls backups/` on the status branch), or use source: new.',
            ),
          )
        : act(createFrom(view, environment, dependsOn, record, 'Missing'));
    }
    default:
      return source satisfies never;
  }
}

function createEmpty(view: FleetView, environment: DesiredEnvironment, dependsOn: readonly ActionId[]) {
  return converge(view, { environment, seen: undefined, dependsOn, reason: 'Missing' });
}

function createWithoutData(
  view: FleetView,
  environment: DesiredEnvironment,
  dependsOn: readonly ActionId[],
  own: BackupRecord,
) {
  return converge(view, {
    environment,
    seen: undefined,
    dependsOn,
    reason: 'Returned',
    message: `create the environment, empty: its data of ${own.takenAt} is in backup ${own.id}; this version does not restore it automatically`,
    undo: {
      ...byRevert,
      restorePoint: { kind: 'recorded', id: own.id, takenAt: own.takenAt },
    },
    found: { record: own.id, snapshot: own.snapshot },
  });
}

function createFrom(
  view: FleetView,
  environment: DesiredEnvironment,
  dependsOn: readonly ActionId[],
  record: BackupRecord,
  reason: 'Missing' | 'Returned',
) {
  const what = reason === 'Returned' ? 'bring the environment back' : 'create the environment';
  const whose = record.environment === environment.name ? 'its data' : `the data of ${record.environment}`;
  return converge(view, {
    environment,
    seen: undefined,
    dependsOn,
    reason,
    kind: 'backup.restore',
    id: `backup.restore:${environment.name}@${record.id}`,
    message: `${what} with ${whose} of ${record.takenAt}${scrubbed(environment, record.environment)}`,
    restores: restoredData(record),
    causeField: reason === 'Missing' ? '/spec/source/backup' : '',
    found: { record: record.id, snapshot: record.snapshot },
  });
}

function createClone(
  view: FleetView,
  environment: DesiredEnvironment,
  source: EnvironmentName,
  dependsOn: readonly ActionId[],
  parts: PlannedParts,
): Planned {
  const available = availabilityOf(view, source, parts);
  switch (available.kind) {
    case 'missing':
      return refuse(
        view,
        environment,
        'environment.clone',
        because(
          'SourceMissing',
          reasons.SourceMissing.message(source),
          reasons.SourceMissing.nextStep(source),
        ),
      );
    case 'blocked':
      return block({
        resource: environment.ref,
        node: environment.node,
        kind: 'environment.clone',
        reason: 'WaitsFor',
        message: `it is cloned from ${source}: ${available.blocked.message}`,
        nextStep: available.blocked.nextStep,
        needsPerson: available.blocked.needsPerson,
        cause: causeOf(view.desired, environment.ref),
      });
    case 'there':
    case 'planned': {
      const { node } = available;
      return act(
        converge(view, {
          environment,
          seen: undefined,
          dependsOn: [...dependsOn, ...available.dependsOn],
          reason: 'Missing',
          kind: 'environment.clone',
          message: `create the environment as a clone of ${source}${scrubbed(environment, source)}`,
          causeField: '/spec/source/clone',
          alsoExclusive: [`node/${node}`, `environment/${source}`],
          found: {
            source,
            node,
            seen: available.kind === 'there' ? foundOf(available.seen) : null,
          },
        }),
      );
    }
    default:
      return available satisfies never;
  }
}

/** Whether a manifest may bring the data of another environment into its own, by the ownership of its file. */
function mayCopy({ desired }: FleetView, { name, ref, site }: DesiredEnvironment, from: EnvironmentName) {
  const { ownership } = desired.config;
  if (ownership === null || from === name) return true;
  const file = desired.locate(ref, '')?.file ?? '';
  const sites = ownershipBy(ownership)(file)?.sites ?? [];
  const other = desired.environments.get(from)?.site;
  return sites === 'all' || other === site || (other !== undefined && sites.includes(other));
}

/** Data from another environment is scrubbed as the manifest asks. */
function scrubbed({ name, scrub }: DesiredEnvironment, source: EnvironmentName): string {
  return scrub === 'none' || source === name ? '' : `, scrubbed (${scrub})`;
}

function refuse(
  view: FleetView,
  environment: DesiredEnvironment,
  kind: 'backup.restore' | 'environment.clone',
  why: Block,
): Planned {
  const field = kind === 'environment.clone' ? '/spec/source/clone' : '/spec/source/backup';
  return block({
    resource: environment.ref,
    node: environment.node,
    kind,
    ...why,
    cause: view.desired.locate(environment.ref, field) ?? null,
  });
}
