import type { OnProgress } from '../../../src/reconcile/progress.ts';

/** Wall time of the parts of a pass, ms. */
export interface Phases {
  readonly fetchMs: number;
  readonly loadMs: number;
  /** Observing providers and nodes, and planning. */
  readonly observeMs: number;
  readonly actMs: number;
  /** Observing changed nodes again. */
  readonly observeAgainMs: number;
  readonly recordMs: number;
}

/** Times a pass by the events that it reports. */
export function createPhaseTimer(): { readonly onProgress: OnProgress; phases(): Phases } {
  const at = new Map<string, number>();
  return {
    onProgress: (event) => {
      const name = event.kind === 'phase' ? event.phase : event.kind;
      at.set(name, performance.now());
    },
    phases: () => {
      const between = (from: string, to: string) => {
        const [start, end] = [at.get(from), at.get(to)];
        return start === undefined || end === undefined ? 0 : end - start;
      };
      return {
        fetchMs: between('fetch', 'load'),
        loadMs: between('load', 'observe'),
        observeMs: between('observe', 'planned'),
        actMs: between('planned', 'action-finished'),
        observeAgainMs: between(at.has('action-finished') ? 'action-finished' : 'planned', 'record'),
        recordMs: between('record', 'pass-finished'),
      };
    },
  };
}
