import type { DesiredEnvironment } from '../fleet/desired.ts';
import { digestOf } from '../fleet/digest.ts';
import type { ObservedEnvironment } from '../fleet/observed.ts';
import type { Action, ActionId, ActionKind, FieldChange, RestoredData, Risk, Undo } from '../fleet/plan.ts';
import { type ActionReason, reasonEntry } from '../fleet/reasons.ts';
import type { BackupRecord } from '../fleet/recorded.ts';
import { causeOf } from './cause.ts';
import { makeAction } from './make-action.ts';
import type { PlanInput } from './plan-input.ts';
import { riskOf } from './risk.ts';
import { byRevert, undoOfChanges } from './undo.ts';

export interface EnvironmentStep {
  readonly environment: DesiredEnvironment;
  /** The observed environment; undefined for one that is created. */
  readonly seen: ObservedEnvironment | undefined;
  readonly reason: ActionReason;
  readonly dependsOn: readonly ActionId[];
  readonly changes?: readonly FieldChange[];
  readonly kind?: ActionKind;
  readonly id?: ActionId;
  readonly message?: string;
  readonly risk?: Risk;
  readonly undo?: Undo;
  readonly restores?: RestoredData | null;
  /** Further nodes and environments that the action changes or reads: `node/web-2`. */
  readonly alsoExclusive?: readonly string[];
  readonly causeField?: string;
  /** Further facts that the plan of the action is based on. */
  readonly found?: unknown;
}

/** An action on one desired environment. `kind` defaults to converge; other kinds need a message. */
export function converge(input: PlanInput, step: EnvironmentStep): Action {
  const { environment, seen, reason, changes = [], kind = 'environment.converge' } = step;
  const { name, node } = environment;
  return makeAction(input, {
    id: step.id ?? `${kind}:${name}`,
    kind,
    resource: environment.ref,
    target: { kind: 'environment', environment: name, node },
    reason,
    message: step.message ?? messageOf(step),
    cause:
      step.causeField === undefined
        ? causeOf(input.desired, environment.ref, reason === 'Drifted' ? [] : changes)
        : (input.desired.locate(environment.ref, step.causeField) ?? null),
    changes,
    // Compared with the manifest and not with the task: a new address of the node is no change of the environment.
    desiredDigest: digestOf({ environment, contentVersion: input.contentVersion }),
    dependsOn: step.dependsOn,
    exclusive: [...new Set([`node/${node}`, `environment/${name}`, ...(step.alsoExclusive ?? [])])],
    risk: step.risk ?? riskOfStep(step),
    undo: step.undo ?? (seen === undefined ? byRevert : undoOfStep(step)),
    restores: step.restores ?? null,
    found: { environment: foundOf(seen), facts: step.found ?? null },
  });
}

function riskOfStep({ seen, reason, changes = [] }: EnvironmentStep): Risk {
  if (seen === undefined) return 'none';
  const risk = riskOf(changes);
  if (risk !== 'none') return risk;
  // The applied state is unknown, so anything may change.
  if (reason === 'SpecChanged' && changes.length === 0) return 'data';
  return reason === 'ContentChanged' ? 'restart' : 'none';
}

function undoOfStep({ reason, changes = [] }: EnvironmentStep): Undo {
  if (reason === 'Drifted') return undoOfChanges([]);
  if (reason === 'SpecChanged' && changes.length === 0) {
    return { byRevert: false, lost: 'what was applied before is not recorded', restorePoint: null };
  }
  return undoOfChanges(changes);
}

function messageOf({ reason, changes = [] }: EnvironmentStep): string {
  if (reason === 'Drifted')
    return `put back what was changed on the node: ${changes.map(driftWords).join(', ')}`;
  const { message } = reasonEntry(reason);
  return typeof message === 'string' ? message : reason;
}

/** The drift in words. */
function driftWords({ field, before }: FieldChange): string {
  const colon = field.indexOf(':');
  const name = field.slice(colon + 1);
  if (field.slice(0, colon) === 'service') return `service ${name} does not run`;
  return before === null ? `${name} is gone` : `${name} differs`;
}

/** The facts of an environment that a plan for it is based on. */
export function foundOf(seen: ObservedEnvironment | undefined) {
  if (seen === undefined) return null;
  const { uid, complete, retained, state, appliedDigest } = seen;
  // A retained environment counts as not applied.
  return { uid, complete, retained, state, appliedDigest: retained ? null : appliedDigest };
}

export function restoredData(record: BackupRecord): RestoredData {
  const { id, takenAt, commit, scope, sizeBytes, verifiedAt } = record;
  return { backup: id, takenAt, commit, scope, sizeBytes, verified: verifiedAt !== null };
}
