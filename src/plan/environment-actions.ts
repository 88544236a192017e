import type { DesiredEnvironment } from '../fleet/desired.ts';
import { digestOf } from '../fleet/digest.ts';
import type { ObservedEnvironment } from '../fleet/observed.ts';
import type { Action, ActionId, ActionKind, FieldChange, RestoredData, Risk, Undo } from '../fleet/plan.ts';
import { type ActionReason, reasonEntry } from '../fleet/reasons.ts';
import type { BackupRecord } from '../fleet/recorded.ts';
import { causeOf } from './cause.ts';
import { driftWords, withDrift } from './drift.ts';
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
  /** What differs on the node or in WordPress and is put back by the same action. */
  readonly drift?: readonly FieldChange[];
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
  const { environment, seen, reason, kind = 'environment.converge' } = step;
  const changes = changesOf(step);
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
        ? causeOf(input.desired, environment.ref, step.changes)
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

/** Everything that the action changes: the manifest's changes, and what it puts back. */
function changesOf({ changes = [], drift = [] }: EnvironmentStep): readonly FieldChange[] {
  return drift.length === 0 ? changes : withDrift(changes, drift);
}

function riskOfStep(step: EnvironmentStep): Risk {
  const { seen, reason } = step;
  const changes = changesOf(step);
  if (seen === undefined) return 'none';
  const risk = riskOf(changes);
  if (risk !== 'none') return risk;
  // The applied state is unknown, so anything may change.
  if (reason === 'SpecChanged' && !isKnown(step)) return 'data';
  return reason === 'ContentChanged' ? 'restart' : 'none';
}

function undoOfStep(step: EnvironmentStep): Undo {
  if (step.reason === 'SpecChanged' && !isKnown(step)) {
    return { byRevert: false, lost: 'what was applied before is not recorded', restorePoint: null };
  }
  return undoOfChanges(changesOf(step));
}

/** A changed manifest without a changed field: what was applied before is not recorded. */
function isKnown({ changes = [] }: EnvironmentStep): boolean {
  return changes.length > 0;
}

function messageOf({ reason, drift = [] }: EnvironmentStep): string {
  const back = `put back what was changed on the node: ${drift.map(driftWords).join(', ')}`;
  if (reason === 'Drifted') return back;
  const { message } = reasonEntry(reason);
  const usual = typeof message === 'string' ? message : reason;
  return drift.length === 0 ? usual : `${usual}; ${back}`;
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
