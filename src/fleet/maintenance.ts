import type { EnvironmentType } from './environment-type.ts';
import type { Risk } from './plan.ts';
import { nextOccurrence, type Schedule } from './schedule.ts';

/** A recurring period in which risky work may be done. */
export interface MaintenanceWindow {
  readonly name: string;
  /** When it opens. */
  readonly start: Schedule;
  readonly durationMs: number;
  /** Risks that need a window; others may run at any time. */
  readonly risks: readonly Risk[];
  /** Environment types that it applies to; null for all, including nodes. */
  readonly types: readonly EnvironmentType[] | null;
  /** `finish`: work may start while the window is open; `fit`: it must also be expected to end within the window. */
  readonly overrun: 'finish' | 'fit';
}

/** A period in which no work with one of these risks starts, even inside a window. */
export interface Freeze {
  readonly name: string;
  /** ms since the epoch. */
  readonly from: number;
  /** ms since the epoch, exclusive. */
  readonly until: number;
  readonly risks: readonly Risk[];
  readonly types: readonly EnvironmentType[] | null;
}

/** Without windows, work may start at any time. If several windows apply to an action it may run in any of them. */
export interface Maintenance {
  readonly windows: readonly MaintenanceWindow[];
  readonly freezes: readonly Freeze[];
}

export const noMaintenance: Maintenance = { windows: [], freezes: [] };

/** Work that is to be started. */
export interface MaintenanceWork {
  readonly risk: Risk;
  /** Types of the environments that it changes; null when unknown: then every window and freeze applies. */
  readonly types: ReadonlySet<EnvironmentType> | null;
  readonly expectedMs: number;
}

export type MaintenanceVerdict =
  | { readonly kind: 'open' }
  | {
      readonly kind: 'MaintenanceWindow' | 'Freeze';
      /** Name of the window or freeze that blocks it. */
      readonly name: string;
      /** Ms since the epoch; the earliest start. Null when there is none. */
      readonly notBefore: number | null;
      /** Time zone in which to display `notBefore`. */
      readonly timezone: string;
    };

export interface Timetable {
  readonly mayStart: (work: MaintenanceWork) => MaintenanceVerdict;
}

/**
 * The windows and freezes at a given time (ms since the epoch). Verdicts are cached for equal work, so that schedules are evaluated only
 * a few times, independent of the number of actions.
 */
export function createTimetable({ windows, freezes }: Maintenance, now: number): Timetable {
  const openings = new Map<MaintenanceWindow, number | null>();
  const followed: OpenedAt = (window, at) => {
    if (at !== now) return openedAt(window, at);
    const known = openings.get(window);
    if (known !== undefined) return known;
    const opened = openedAt(window, at);
    openings.set(window, opened);
    return opened;
  };
  const verdicts = new Map<string, MaintenanceVerdict>();
  return {
    mayStart: (work) => {
      const { risk, types, expectedMs } = work;
      const key = `${risk} ${types === null ? '*' : [...types].sort().join()} ${expectedMs}`;
      const known = verdicts.get(key);
      if (known !== undefined) return known;
      const forWork = windows.filter((window) => concerns(window, work));
      const frozenBy = freezes.filter((freeze) => concerns(freeze, work));
      const verdict = judge(forWork, frozenBy, work, now, followed);
      verdicts.set(key, verdict);
      return verdict;
    },
  };
}

/** When the window last opened, if it is open at that time. */
type OpenedAt = (window: MaintenanceWindow, at: number) => number | null;

function judge(
  windows: readonly MaintenanceWindow[],
  freezes: readonly Freeze[],
  work: MaintenanceWork,
  now: number,
  openedAtMost: OpenedAt,
): MaintenanceVerdict {
  const frozen = freezes.find((freeze) => isFrozen(freeze, now));
  const isOpen = (at: number) =>
    windows.length === 0 || windows.some((window) => admits(window, openedAtMost(window, at), at, work));
  if (frozen === undefined && isOpen(now)) return { kind: 'open' };
  const fitting = windows.filter(
    (window) => window.overrun === 'finish' || window.durationMs >= work.expectedMs,
  );
  const notBefore =
    windows.length > 0 && fitting.length === 0 ? null : nextMoment(fitting, freezes, now, isOpen);
  const timezone = windows[0]?.start.timezone ?? 'UTC';
  if (frozen !== undefined) return { kind: 'Freeze', name: frozen.name, notBefore, timezone };
  const names = windows.map((window) => window.name).join(' or ');
  return { kind: 'MaintenanceWindow', name: names, notBefore, timezone };
}

/** The first time after `now` at which a window is open and no freeze applies. */
function nextMoment(
  windows: readonly MaintenanceWindow[],
  freezes: readonly Freeze[],
  now: number,
  isOpen: (at: number) => boolean,
): number | null {
  let at = now;
  // Each iteration passes a freeze or reaches an opening, which only a further freeze can reject.
  for (let round = 0; round < 2 * freezes.length + 2; round++) {
    const frozen = freezes.filter((freeze) => isFrozen(freeze, at));
    if (frozen.length > 0) {
      at = Math.max(...frozen.map((freeze) => freeze.until));
      continue;
    }
    if (at > now && isOpen(at)) return at;
    const next = windows.flatMap((window) => nextOccurrence(window.start, at) ?? []);
    if (next.length === 0) return null;
    at = Math.min(...next);
  }
  return freezes.some((freeze) => isFrozen(freeze, at)) || !isOpen(at) ? null : at;
}

/** When the window last opened, if it is open at that time. */
function openedAt({ start, durationMs }: MaintenanceWindow, at: number): number | null {
  let opened = nextOccurrence(start, at - durationMs);
  if (opened === null || opened > at) return null;
  // A window that opens again before it closes stays open until the last one ends.
  for (
    let next = nextOccurrence(start, opened);
    next !== null && next <= at;
    next = nextOccurrence(start, next)
  ) {
    opened = next;
  }
  return opened;
}

function admits(
  window: MaintenanceWindow,
  opened: number | null,
  at: number,
  work: MaintenanceWork,
): boolean {
  if (opened === null) return false;
  return window.overrun === 'finish' || opened + window.durationMs - at >= work.expectedMs;
}

function isFrozen({ from, until }: Freeze, at: number): boolean {
  return from <= at && at < until;
}

function concerns({ risks, types }: Pick<Freeze, 'risks' | 'types'>, work: MaintenanceWork): boolean {
  if (!risks.includes(work.risk)) return false;
  const { types: touched } = work;
  return types === null || touched === null || types.some((type) => touched.has(type));
}
