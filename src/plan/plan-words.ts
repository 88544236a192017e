import { uncommitted } from '../fleet/brand.ts';
import type { Risk } from '../fleet/plan.ts';
import type { SourcePosition } from '../fleet/resource.ts';
import { typeOf } from './fold.ts';
import type { BlockedItem, PlanJson, PlannedAction, PlanSummary } from './plan-json.ts';
import { risks } from './plan-json.ts';
import type { PlanView } from './plan-view.ts';
import { inZone } from './zoned-time.ts';

// Words shared by text and Markdown. They may contain values from outside: renderers escape them for their output.

export const riskNouns: Readonly<Record<Risk, string>> = {
  none: 'without risk',
  restart: 'with a restart',
  downtime: 'with downtime',
  data: 'touching data',
};

export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** `4 changes: 1 touching data, 3 without risk, 1 that cannot be undone`; empty when there is no action. */
export function changesWords(summary: PlanSummary): string {
  if (summary.actions === 0) return '';
  return `${counted(summary.actions, 'change')}: ${breakdownWords(summary)}`;
}

export function breakdownWords(summary: PlanSummary): string {
  const parts = risks
    .toReversed()
    .filter((risk) => summary.byRisk[risk] > 0)
    .map((risk) => `${summary.byRisk[risk]} ${riskNouns[risk]}`);
  const undo = summary.irreversible === 0 ? [] : [`${summary.irreversible} that cannot be undone`];
  return [...parts, ...undo].join(', ');
}

export function blockedWords({ blocked, needsPerson }: PlanSummary): string {
  if (blocked === 0) return '';
  if (needsPerson === 0) return `${blocked} blocked.`;
  return `${blocked} blocked${needsPerson === blocked ? '' : `, ${needsPerson}`} until a person acts.`;
}

/** Counts of pending and no longer needed changes; empty for a single plan. */
export function comparisonWords({ pendingActions, pendingBlocked, resolved }: PlanView): readonly string[] {
  const pending = pendingActions.length + pendingBlocked.length;
  return [
    ...(pending === 0
      ? []
      : [
          `${counted(pending, 'change')} ${pending === 1 ? 'is' : 'are'} already pending, without this merge.`,
        ]),
    ...(resolved.length === 0
      ? []
      : [`${counted(resolved.length, 'pending change')} would no longer be needed.`]),
  ];
}

/** Sentences on reverted commits and on data that is restored or not; empty if there is neither. */
export function revertWords(view: PlanView): readonly string[] {
  const reverted = view.plan.reverts.map((commit) => commit.slice(0, 12));
  const back = restoring(view);
  return [
    ...(reverted.length === 0 ? [] : [`Reverts commit ${listWords(reverted, 3)}.`]),
    ...back.slice(0, maxNamed).map((action) => `${action.resource}: ${restoresWords(action)}.`),
    ...(back.length > maxNamed ? [`Restores data of ${back.length - maxNamed} more.`] : []),
    ...withoutData(view),
  ];
}

const maxNamed = 3;

/** Actions that restore data, now or after they are unblocked. */
function restoring(view: PlanView): readonly PlannedAction[] {
  return wouldBeDone(view).filter((action) => action.restores !== null);
}

/** Data in backups that a revert does not restore. */
function withoutData(view: PlanView): readonly string[] {
  const left = wouldBeDone(view).filter(({ reason, restores }) => reason === 'Reverted' && restores === null);
  const named = left.slice(0, maxNamed).map((action) => {
    const { restorePoint } = action.undo;
    const from =
      restorePoint?.kind === 'recorded'
        ? `: it is in restore point ${restorePoint.id} of ${moment(restorePoint.takenAt)}`
        : '';
    return `${action.resource}: reverted without its data${from}.`;
  });
  return left.length > maxNamed
    ? [...named, `${left.length - maxNamed} more are reverted without their data.`]
    : named;
}

/** Actions of a view, including blocked ones. */
export function wouldBeDone({ actions, blocked }: PlanView): readonly PlannedAction[] {
  return [...actions, ...blocked.flatMap(({ action }) => (action === null ? [] : [action]))];
}

/** `about 12 s of downtime (median of 7 runs)`; empty when none is expected. */
export function downtimeWords({ downtime: { seconds, basis, samples } }: PlannedAction): string {
  if (seconds <= 0) return '';
  const source = basis === 'recorded' ? `median of ${counted(samples, 'run')}` : 'assumed';
  return `about ${durationWords(seconds)} of downtime (${source})`;
}

/** Total of several actions; empty when no downtime is expected. */
export function totalDowntimeWords(actions: readonly PlannedAction[]): string {
  const away = actions.filter((action) => action.downtime.seconds > 0);
  if (away.length === 0) return '';
  return `${totalDurationWords(away)} of downtime${away.length === 1 ? '' : ' in all'}`;
}

/** `about 12 s`; empty when no downtime is expected. */
export function totalDurationWords(actions: readonly PlannedAction[]): string {
  const seconds = actions.reduce((sum, action) => sum + Math.max(0, action.downtime.seconds), 0);
  return seconds === 0 ? '' : `about ${durationWords(seconds)}`;
}

/**
 * What a revert cannot undo and where the data can be found, of one action or of many equal ones; empty when a revert
 * undoes everything.
 */
export function undoWords(action: PlannedAction, many = 1): string {
  const { byRevert, lost, restorePoint } = action.undo;
  if (byRevert && lost === null) {
    return restorePoint === null ? '' : `by a revert; data is ${restorePointWords(action, many)}`;
  }
  return ['cannot be undone by revert', lostWords(action, many)].filter((part) => part !== '').join(': ');
}

/** The same without "cannot be undone by revert". */
export function lostWords(action: PlannedAction, many = 1): string {
  return [action.undo.lost ?? '', restorePointWords(action, many)].filter((part) => part !== '').join('; ');
}

function restorePointWords({ undo: { restorePoint } }: PlannedAction, many: number): string {
  if (restorePoint === null) return '';
  if (restorePoint.kind === 'planned') {
    return `restored by the restore point that ${many === 1 ? restorePoint.action : 'each'} takes first`;
  }
  if (many > 1) return 'restored by a restore point of each';
  return `restored by restore point ${restorePoint.id} of ${moment(restorePoint.takenAt)}`;
}

/** `data of 2026-11-20 02:00 UTC: database and files, 1.2 GB, backup b-1 of commit 0123…, verified`. */
export function restoresWords({ restores }: PlannedAction): string {
  if (restores === null) return '';
  const scope = { database: 'database', files: 'files', full: 'database and files' }[restores.scope];
  const proof = restores.verified ? 'verified' : 'not verified';
  const { backup, commit, sizeBytes, takenAt } = restores;
  return `restores data of ${moment(takenAt)}: ${scope}, ${sizeWords(sizeBytes)}, backup ${backup} of commit ${commit.slice(0, 12)}, ${proof}`;
}

/** `runs from 2026-11-21 02:00 Europe/Berlin`; empty when no moment is known. */
export function whenWords({ notBefore, timezone }: BlockedItem): string {
  return notBefore === null ? '' : `runs from ${inZone(notBefore, timezone ?? 'UTC')}`;
}

/** Source of the observed state: `observed live`, `as recorded on the status branch at …, 3 h ago (commit 0123…)`. */
export function observedWords({ observed }: PlanJson): string {
  if (observed === null) return '';
  const { source, at, ageSeconds, commit } = observed;
  if (source === 'live') return 'observed live';
  const where = source === 'status' ? 'as recorded on the status branch' : 'as saved in a file';
  const when = at === null ? '' : ` at ${moment(at)}`;
  const age = ageSeconds === null ? '' : `, ${durationWords(ageSeconds)} ago`;
  return `${where}${when}${age}${commit === null ? '' : ` (commit ${commit.slice(0, 12)})`}`;
}

/** An uncommitted directory has no commit. */
export function isUncommitted(commit: string): boolean {
  return commit === uncommitted;
}

/** `environment/acme-production`, or `38 environments` for many of a type. */
export function whomWords(resources: readonly string[]): string {
  const [first = ''] = resources;
  return resources.length === 1 ? first : counted(resources.length, typeOf(first));
}

/** The first few of many: `a, b, c and 7 more`. */
export function listWords(items: readonly string[], max: number): string {
  if (items.length <= max) return items.join(', ');
  return `${items.slice(0, max).join(', ')} and ${items.length - max} more`;
}

/** Positions of the items that have one. */
export function placesOf(items: readonly { readonly cause: SourcePosition | null }[]): readonly string[] {
  return items.flatMap(({ cause }) => (cause === null ? [] : [placeWords(cause)]));
}

function placeWords({ file, line, column }: SourcePosition): string {
  return `${file}:${line}:${column}`;
}

/** `12 s`, `3 min 5 s`, `2 h 10 min`, `3 days`. */
export function durationWords(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return withRest(Math.floor(whole / 60), 'min', whole % 60, 's');
  if (whole < 48 * 3600)
    return withRest(Math.floor(whole / 3600), 'h', Math.floor((whole % 3600) / 60), 'min');
  return `${Math.floor(whole / 86_400)} days`;
}

function withRest(count: number, unit: string, rest: number, restUnit: string): string {
  return rest === 0 ? `${count} ${unit}` : `${count} ${unit} ${rest} ${restUnit}`;
}

function moment(time: string): string {
  return inZone(time, 'UTC');
}

function sizeWords(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = bytes < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[power] ?? 'B'}`;
}
