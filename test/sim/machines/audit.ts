import type { Playbook } from '../../../src/ports/ansible.ts';

/** One change of a machine. */
export interface Mutation {
  readonly atMs: number;
  /** Name of the process that works, or `people`. */
  readonly by: string;
  readonly host: string;
  /** Number of the run, null for changes of people. */
  readonly run: number | null;
  readonly playbook: Playbook | null;
  readonly environment: string | null;
  /** Name of the environment of the change, as in the request. */
  readonly uid: string | null;
  readonly task: string;
  readonly change: string;
  /** The part of an environment that the change deleted; null for every other change. */
  readonly removed: RemovedPart | null;
}

/** Part of an environment that its deletion removes, and its retention keeps. */
export type RemovedPart = 'cache' | 'database' | 'files' | 'account' | 'record';

/**
 * An interval of activity on a node: `wants` from the start of a run to the end of its last task, `works` while one of its modules is
 * running there, `holds` while that has the node's lock. Runs in check mode do not count.
 */
export interface Interval {
  readonly kind: 'wants' | 'works' | 'holds';
  readonly by: string;
  readonly host: string;
  readonly run: number;
  readonly playbook: Playbook;
  readonly environments: readonly string[];
  readonly fromMs: number;
  /** Null while it lasts. */
  toMs: number | null;
}

export interface Audit {
  readonly mutations: readonly Mutation[];
  readonly intervals: readonly Interval[];
  /** Current intervals. */
  readonly open: ReadonlySet<Interval>;
  note(mutation: Mutation): void;
  begin(interval: Omit<Interval, 'toMs'>): Interval;
  end(interval: Interval, atMs: number): void;
}

export function createAudit(): Audit {
  const mutations: Mutation[] = [];
  const intervals: Interval[] = [];
  const open = new Set<Interval>();
  return {
    mutations,
    intervals,
    open,
    note: (mutation) => void mutations.push(mutation),
    begin: (started) => {
      const interval: Interval = { ...started, toMs: null };
      intervals.push(interval);
      open.add(interval);
      return interval;
    },
    end: (interval, atMs) => {
      interval.toMs ??= atMs;
      open.delete(interval);
    },
  };
}
