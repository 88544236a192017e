import type { EnvironmentType } from '../fleet/environment-type.ts';
import { rfc3339, rfc3339Seconds } from '../fleet/instant.ts';
import { createTimetable, type Timetable } from '../fleet/maintenance.ts';
import type { Action } from '../fleet/plan.ts';
import { reasonEntry } from '../fleet/reasons.ts';
import { type Block, blockActions } from './block-actions.ts';
import type { Estimates } from './estimates.ts';
import type { FleetView } from './fleet-view.ts';
import type { Planned } from './plan-input.ts';

/** Blocks risky actions outside of maintenance windows and during freezes. */
export function blockedByWindows(view: FleetView, planned: Planned, estimates: Estimates): Planned {
  const { windows, freezes } = view.desired.config.maintenance;
  if (windows.length === 0 && freezes.length === 0) return planned;
  const timetable = createTimetable(view.desired.config.maintenance, view.now);
  return blockActions(planned, (action) => judge(view, timetable, estimates, action));
}

function judge(view: FleetView, timetable: Timetable, estimates: Estimates, action: Action): Block | null {
  // Waiting would only prolong the outage.
  if (action.risk === 'none' && reasonEntry(action.reason).urgent === true) return null;
  if (overrideOf(view, action) !== null) return null;
  const verdict = timetable.mayStart({
    risk: action.risk,
    types: typesOf(view, action),
    expectedMs: expectedMs(estimates, action),
  });
  if (verdict.kind === 'open') return null;
  const { kind, name, notBefore, timezone } = verdict;
  if (notBefore === null) {
    return {
      reason: kind,
      message: `it fits into no maintenance window (${name})`,
      nextStep: `Change spec.maintenance in pressluft.yaml.${impatience(view, action)}`,
      needsPerson: true,
    };
  }
  return {
    reason: kind,
    message: kind === 'Freeze' ? `blocked by freeze ${name}` : `waits for maintenance window ${name}`,
    nextStep: `No action needed; it runs from ${rfc3339Seconds(notBefore)}.${impatience(view, action)}`,
    needsPerson: false,
    notBefore: rfc3339(notBefore),
    timezone,
  };
}

/** The override is an annotation of an environment manifest: nodes and removed resources cannot have it. */
function impatience({ desired }: FleetView, { target }: Action): string {
  if (target.kind !== 'environment' || !desired.environments.has(target.environment)) return '';
  return ' If it cannot wait: annotate the environment with pressluft.dev/ignore-windows and a reason.';
}

function overrideOf({ desired }: FleetView, { target }: Action): string | null {
  if (target.kind !== 'environment') return null;
  return desired.environments.get(target.environment)?.windowOverride ?? null;
}

/** Types of the environments that an action changes; null when a type is unknown, so that windows of every type apply. */
function typesOf(view: FleetView, { target }: Action): ReadonlySet<EnvironmentType> | null {
  const seen = view.observed.nodes.get(target.node)?.environments;
  if (target.kind === 'environment') {
    const type =
      view.desired.environments.get(target.environment)?.type ??
      seen?.get(target.environment)?.appliedSpec?.type;
    return isType(type) ? new Set([type]) : null;
  }
  return new Set(view.environmentsOn(target.node).map((environment) => environment.type));
}

function isType(value: unknown): value is EnvironmentType {
  return value === 'production' || value === 'staging' || value === 'development';
}

/** The action and the restore point before it. */
function expectedMs(estimates: Estimates, { kind, resource, undo }: Action): number {
  const own = estimates.duration(kind, resource).seconds;
  const before =
    undo.restorePoint?.kind === 'planned' ? estimates.duration('backup.create', resource).seconds : 0;
  return (own + before) * 1000;
}
