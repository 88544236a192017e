/** A point at which a process can be killed: right before a call, or right after its effect and before its reply. */
export interface CrashPoint {
  readonly site: string;
  readonly nth: number;
  readonly when: 'before' | 'after';
}

export interface CrashPoints {
  /** Counts a call of a site, and returns its number. */
  nth(site: string): number;
  /** Whether the process that makes the call is killed now. */
  hit(point: CrashPoint): boolean;
  readonly reached: number;
}

export interface CrashPointOptions {
  readonly kill: (point: CrashPoint) => boolean;
  /** Called for every point, e.g. to list all points of a run. */
  readonly onPoint?: (point: CrashPoint) => void;
}

export function crashPoints({ kill, onPoint }: CrashPointOptions): CrashPoints {
  const counts = new Map<string, number>();
  let reached = 0;
  return {
    nth: (site) => {
      const nth = counts.get(site) ?? 0;
      counts.set(site, nth + 1);
      return nth;
    },
    hit: (point) => {
      reached += 1;
      onPoint?.(point);
      return kill(point);
    },
    get reached() {
      return reached;
    },
  };
}

export function pointText({ site, nth, when }: CrashPoint): string {
  return `${when} ${site}#${nth}`;
}
