import type { Playbook } from '../../../src/ports/ansible.ts';

/** One change of a machine by somebody. */
export interface Mutation {
  readonly atMs: number;
  /** Name of the process that works, or `people`. */
  readonly by: string;
  readonly host: string;
  /** Number of the run, null for what people do. */
  readonly run: number | null;
  readonly playbook: Playbook | null;
  readonly environment: string | null;
  /** Of the environment for which it was made, as the request names it. */
  readonly uid: string | null;
  readonly task: string;
  readonly change: string;
}

/**
 * A time in which somebody is at a node: `wants` from the start of a run to the end of its last task, `works` while one of its modules is
 * at work there, `holds` while that has the node's lock. Runs in check mode want nothing.
 */
export interface Interval {
  readonly kind: 'wants' | 'works' | 'holds';
  readonly by: string;
  readonly host: string;
  readonly run: number;
  readonly playbook: Playbook;
  readonly environments: readonly string[];
  readonly fromMs: number;
  /** Null while it goes on. */
  toMs: number | null;
}

export interface Audit {
  readonly mutations: readonly Mutation[];
  readonly intervals: readonly Interval[];
  /** Intervals that go on now. */
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
