import type { ResourceRef } from '../fleet/brand.ts';
import type { Action, ActionKind, Downtime } from '../fleet/plan.ts';
import type { RecordedDuration } from '../fleet/recorded.ts';

/** Fewer past runs than this say too little. */
const minSamples = 3;

/**
 * Seconds that an action takes as long as no run of its kind is recorded. A converge takes 4.2 s in the lab (`commit-to-ready` in
 * docs/performance.md), a whole node half a minute; both are doubled for slower machines. What moves data was not measured yet: a minute.
 */
const assumedSeconds: Readonly<Record<ActionKind, number>> = {
  'node.create': 60,
  'node.provision': 60,
  'node.delete': 10,
  'environment.converge': 10,
  'environment.stop': 10,
  'environment.start': 10,
  'environment.retain': 10,
  'environment.delete': 10,
  'environment.clone': 60,
  'environment.promote': 60,
  'backup.create': 60,
  'backup.restore': 60,
};

/** How long actions take, from past runs. */
export interface Estimates {
  /** Seconds that carrying it out takes, with what the number is made of. */
  readonly duration: (kind: ActionKind, resource: ResourceRef) => Downtime;
  /** Seconds that visitors are expected to be without the site: at most as long as the action takes. */
  readonly downtime: (action: Pick<Action, 'kind' | 'resource' | 'risk'>) => Downtime;
}

export function estimatesOf(durations: readonly RecordedDuration[]): Estimates {
  const byKind = new Map<string, number[]>();
  const byResource = new Map<string, number[]>();
  for (const { kind, resource, durationMs } of durations) {
    push(byKind, kind, durationMs);
    push(byResource, `${kind} ${resource}`, durationMs);
  }
  const duration = (kind: ActionKind, resource: ResourceRef): Downtime => {
    const own = byResource.get(`${kind} ${resource}`) ?? [];
    const samples = own.length >= minSamples ? own : (byKind.get(kind) ?? []);
    if (samples.length < minSamples) return { seconds: assumedSeconds[kind], basis: 'assumed', samples: 0 };
    return { seconds: Math.ceil(medianOf(samples) / 1000), basis: 'recorded', samples: samples.length };
  };
  const downtime: Estimates['downtime'] = ({ kind, resource, risk }) => {
    // To be away is what was asked for: there is no end to estimate.
    const away = kind === 'environment.stop' || kind.endsWith('.retain') || kind.endsWith('.delete');
    return (risk === 'downtime' || risk === 'data') && !away ? duration(kind, resource) : noDowntime;
  };
  return { duration, downtime };
}

export const noDowntime: Downtime = { seconds: 0, basis: 'none', samples: 0 };

function push(into: Map<string, number[]>, key: string, value: number): void {
  const list = into.get(key);
  if (list === undefined) into.set(key, [value]);
  else list.push(value);
}

/** The higher one of the two in the middle. */
function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}
