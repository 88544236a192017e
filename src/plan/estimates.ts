import { type ActionCatalogue, endsService } from '../fleet/action-traits.ts';
import type { ResourceRef } from '../fleet/brand.ts';
import type { Action, ActionKind, Downtime } from '../fleet/plan.ts';
import type { RecordedDuration } from '../fleet/recorded.ts';

/** Fewer past runs than this are too few for an estimate. */
const minSamples = 3;

/** Durations of actions, from past runs. With too few runs the defaults of the action kinds are used. */
export interface Estimates {
  /** Seconds that an action takes, and the basis of the number. */
  readonly duration: (kind: ActionKind, resource: ResourceRef) => Downtime;
  /** Expected downtime in seconds: at most the duration of the action. */
  readonly downtime: (action: Pick<Action, 'kind' | 'resource' | 'risk'>) => Downtime;
}

export function estimatesOf(durations: readonly RecordedDuration[], kinds: ActionCatalogue): Estimates {
  const byKind = new Map<string, number[]>();
  const byResource = new Map<string, number[]>();
  for (const { kind, resource, durationMs } of durations) {
    push(byKind, kind, durationMs);
    push(byResource, `${kind} ${resource}`, durationMs);
  }
  const duration = (kind: ActionKind, resource: ResourceRef): Downtime => {
    const own = byResource.get(`${kind} ${resource}`) ?? [];
    const samples = own.length >= minSamples ? own : (byKind.get(kind) ?? []);
    if (samples.length < minSamples)
      return { seconds: kinds[kind].assumedSeconds, basis: 'assumed', samples: 0 };
    return { seconds: Math.ceil(medianOf(samples) / 1000), basis: 'recorded', samples: samples.length };
  };
  const downtime: Estimates['downtime'] = ({ kind, resource, risk }) => {
    const interrupts = (risk === 'downtime' || risk === 'data') && !endsService(kinds[kind].effect);
    return interrupts ? duration(kind, resource) : noDowntime;
  };
  return { duration, downtime };
}

export const noDowntime: Downtime = { seconds: 0, basis: 'none', samples: 0 };

function push(into: Map<string, number[]>, key: string, value: number): void {
  const list = into.get(key);
  if (list === undefined) into.set(key, [value]);
  else list.push(value);
}

/** The upper median for an even number of values. */
function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}
