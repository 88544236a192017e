import type { Fault } from '../core/index.ts';
import type { RunInput } from '../run/run.ts';
import type { WorldEvent } from '../workload/events.ts';
import type { FleetModel } from '../workload/fleet-model.ts';

/** A history that found a bug, now fixed; the mutant of the same name plants the bug again. */
export interface Regression {
  readonly name: string;
  readonly found: string;
  readonly input: Omit<RunInput, 'faults'>;
  readonly faults: readonly Fault[];
}

const minuteMs = 60_000;

export function regression(made: {
  readonly name: string;
  readonly found: string;
  readonly first: FleetModel;
  readonly events: readonly WorldEvent[];
  readonly faults?: readonly Fault[];
  readonly unattended?: boolean;
  readonly safetyMs?: number;
  readonly seed?: number;
}): Regression {
  const {
    name,
    found,
    first,
    events,
    faults = [],
    unattended = false,
    safetyMs = 25 * minuteMs,
    seed = 1,
  } = made;
  return {
    name,
    found,
    faults,
    input: { seed, first, events, safetyMs, controllers: 2, unattended },
  };
}
