import type { DesiredBackup, DesiredPromotion, DesiredRestore } from '../fleet/backups.ts';
import type { EnvironmentName, NodeName, ResourceRef, Uid } from '../fleet/brand.ts';
import type { DesiredEnvironment } from '../fleet/desired.ts';
import { digestOf } from '../fleet/digest.ts';
import type { Action, ActionId, ActionKind } from '../fleet/plan.ts';
import { reasonEntry, reasons } from '../fleet/reasons.ts';
import type { RecordedFleet } from '../fleet/recorded.ts';
import { type Availability, availabilityOf } from './availability.ts';
import { findBackup, repositoryOf, scopeWords } from './backup-records.ts';
import { type Block, because } from './block-actions.ts';
import { foundOf, restoredData } from './environment-actions.ts';
import type { FleetView } from './fleet-view.ts';
import { makeAction } from './make-action.ts';
import { act, block, merge, type Planned, type PlannedParts } from './plan-input.ts';
import { byRevert } from './undo.ts';

/** Plans requested backups, restores and promotions that are not done yet. */
export function planRequests(view: FleetView, parts: PlannedParts): Planned {
  const { backups, restores, promotions } = view.desired;
  const open = <T extends Request>(requests: ReadonlyMap<unknown, T>) =>
    [...requests.values()].filter((request) => !isOver(view.recorded, request));
  return merge([
    ...open(backups).map((request) => planBackup(view, request, parts)),
    ...open(restores).map((request) => planRestore(view, request, parts)),
    ...open(promotions).map((request) => planPromotion(view, request, parts)),
  ]);
}

interface Request {
  readonly name: string;
  readonly ref: ResourceRef;
  readonly uid: Uid;
}

/** A request runs once: it is finished when its record says that it was applied or failed for good. */
export function isOver({ status: documents }: Pick<RecordedFleet, 'status'>, { ref, uid }: Request): boolean {
  const recorded = documents.get(ref);
  if (recorded === undefined || recorded.uid !== uid) return false;
  return (
    recorded.appliedRevision !== null ||
    recorded.conditions.some(({ status, reason }) => status === 'True' && reasonEntry(reason).final === true)
  );
}

function planBackup(view: FleetView, request: DesiredBackup, parts: PlannedParts): Planned {
  return withEnvironment(view, request, request.environment, 'backup.create', parts, (environment, ready) => {
    if (repositoryOf(view, environment) === undefined) {
      const { message, nextStep } = reasons.BackupRepositoryMissing;
      const { name, node } = environment;
      const why = because('BackupRepositoryMissing', message(name), nextStep(name));
      return blockedRequest(view, request, 'backup.create', node, why);
    }
    return act(
      requested(view, request, environment, ready, {
        kind: 'backup.create',
        message: `back up ${scopeWords[request.scope]} of ${environment.name}`,
        undo: byRevert,
        found: null,
      }),
    );
  });
}

function planRestore(view: FleetView, request: DesiredRestore, parts: PlannedParts): Planned {
  return withEnvironment(
    view,
    request,
    request.environment,
    'backup.restore',
    parts,
    (environment, ready) => {
      const found = findBackup(view, environment, request.source, request.scope);
      if (found.kind === 'unknown') {
        const nextStep = `Name a recorded backup: the status branch lists them under backups/${environment.name}/.`;
        const why = because('BackupUnknown', found.message, nextStep);
        return blockedRequest(view, request, 'backup.restore', environment.node, why);
      }
      const { record, newer } = found;
      const hint =
        newer === null ? '' : `; a newer one of ${newer.takenAt} (${newer.id}) is not verified yet`;
      return act(
        requested(view, request, environment, ready, {
          kind: 'backup.restore',
          message: `restore ${scopeWords[request.scope]} of ${environment.name} from backup ${record.id} of ${record.takenAt}${hint}`,
          ...riskOver(ready),
          undo: {
            byRevert: false,
            lost: `data written to ${environment.name} since ${record.takenAt} is replaced, and removing the request does not bring it back`,
            restorePoint: null,
          },
          restores: restoredData(record),
          found: { record: record.id, snapshot: record.snapshot, verified: record.verifiedAt !== null },
        }),
      );
    },
  );
}

function planPromotion(view: FleetView, request: DesiredPromotion, parts: PlannedParts): Planned {
  const from = availabilityOf(view, request.from, parts);
  return withEnvironment(view, request, request.to, 'environment.promote', parts, (environment, ready) => {
    if (from.kind === 'missing' || from.kind === 'blocked')
      return unavailable(view, request, request.from, 'environment.promote', from);
    return act(
      requested(
        view,
        request,
        environment,
        { ...ready, dependsOn: [...ready.dependsOn, ...from.dependsOn] },
        {
          kind: 'environment.promote',
          message: `move ${request.parts.join(', ')} from ${request.from} to ${request.to}`,
          ...riskOver(ready),
          undo: {
            byRevert: false,
            lost: `the files of ${request.to} are replaced and its database is changed by the new code; removing the request does not bring them back`,
            restorePoint: null,
          },
          found: { from: from.kind === 'there' ? foundOf(from.seen) : null },
          alsoExclusive: [`node/${from.node}`, `environment/${request.from}`],
        },
      ),
    );
  });
}

/** An environment that is created in the same plan has no data to lose. */
function riskOver(ready: Ready): Partial<Pick<Action, 'risk'>> {
  return ready.kind === 'there' ? {} : { risk: 'none' };
}

type Ready = Extract<Availability, { kind: 'there' | 'planned' }>;

function withEnvironment(
  view: FleetView,
  request: Request,
  name: EnvironmentName,
  kind: ActionKind,
  parts: PlannedParts,
  then: (environment: DesiredEnvironment, ready: Ready) => Planned,
): Planned {
  const environment = view.desired.environments.get(name);
  const available: Availability =
    environment === undefined ? { kind: 'missing' } : availabilityOf(view, name, parts);
  if (environment === undefined || available.kind === 'missing' || available.kind === 'blocked') {
    return unavailable(view, request, name, kind, available);
  }
  return then(environment, available);
}

function unavailable(
  view: FleetView,
  request: Request,
  name: EnvironmentName,
  kind: ActionKind,
  available: Availability,
): Planned {
  if (available.kind === 'blocked') {
    const { message, nextStep, needsPerson } = available.blocked;
    return blockedRequest(view, request, kind, available.node, {
      reason: 'WaitsFor',
      message: `waits for ${name}: ${message}`,
      nextStep,
      needsPerson,
    });
  }
  const { message, nextStep } = reasons.EnvironmentMissing;
  const why = because('EnvironmentMissing', message(name), nextStep(name));
  return blockedRequest(view, request, kind, null, why);
}

function blockedRequest(
  { desired }: FleetView,
  { ref }: Request,
  kind: ActionKind,
  node: NodeName | null,
  why: Block,
): Planned {
  return block({ resource: ref, node, kind, ...why, cause: desired.locate(ref, '') ?? null });
}

type Details = Pick<Action, 'kind' | 'message' | 'undo'> &
  Partial<Pick<Action, 'risk' | 'restores'>> & {
    readonly found: unknown;
    readonly alsoExclusive?: readonly string[];
  };

function requested(
  view: FleetView,
  request: Request,
  environment: DesiredEnvironment,
  ready: Ready,
  { found, alsoExclusive, ...details }: Details,
): Action {
  const id: ActionId = `${details.kind}:${request.name}`;
  return makeAction(view, {
    ...details,
    id,
    resource: request.ref,
    target: { kind: 'environment', environment: environment.name, node: environment.node },
    reason: 'Requested',
    cause: view.desired.locate(request.ref, '') ?? null,
    changes: [],
    desiredDigest: digestOf({ request }),
    dependsOn: [...new Set(ready.dependsOn)],
    exclusive: [
      ...new Set([`node/${environment.node}`, `environment/${environment.name}`, ...(alsoExclusive ?? [])]),
    ],
    found: { environment: ready.kind === 'there' ? foundOf(ready.seen) : null, facts: found },
  });
}
