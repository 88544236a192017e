import { type Fault, theseFaults } from '../core/index.ts';
import type { WorldEvent } from '../workload/events.ts';
import { inputOf } from './generate.ts';
import { type RunResult, run } from './run.ts';

/** Removable parts of a run of a seed. */
export interface Schedule {
  readonly events: readonly number[];
  readonly faults: readonly Fault[];
}

export interface Shrunk {
  readonly schedule: Schedule;
  readonly result: RunResult;
  readonly tries: number;
}

const mostTries = 400;

export function scheduleOf(events: readonly WorldEvent[], struck: readonly Fault[]): Schedule {
  return { events: events.map(({ nth }) => nth), faults: struck };
}

/** The run of a seed with only these events and faults. */
export function replay(seed: number, { events, faults }: Schedule, keepTrace?: number): Promise<RunResult> {
  const input = inputOf(seed);
  return run({
    ...input,
    events: input.events.filter(({ nth }) => events.includes(nth)),
    faults: theseFaults(faults),
    ...(keepTrace === undefined ? {} : { keepTrace }),
  });
}

/** Removes everything that the violation does not need: halves first, then smaller parts (delta debugging). */
export async function shrink(
  seed: number,
  failed: RunResult,
  again: typeof replay = replay,
): Promise<Shrunk> {
  const invariant = failed.violation?.invariant;
  const whole = scheduleOf(inputOf(seed).events, failed.struck);
  let parts: readonly Part[] = [
    ...whole.events.map((event) => ({ event })),
    ...whole.faults.map((fault) => ({ fault })),
  ];
  let best = failed;
  let tries = 0;
  for (let size = Math.ceil(parts.length / 2); size >= 1; ) {
    let smaller = false;
    for (let from = 0; from < parts.length && tries < mostTries; from += size) {
      const rest = [...parts.slice(0, from), ...parts.slice(from + size)];
      tries += 1;
      const result = await again(seed, toSchedule(rest));
      if (result.violation?.invariant !== invariant) continue;
      [parts, best, smaller] = [rest, result, true];
      from -= size;
    }
    if (size === 1 && !smaller) break;
    size =
      smaller && size > parts.length
        ? Math.ceil(parts.length / 2)
        : Math.floor(size / 2) || (smaller ? 1 : 0);
  }
  return { schedule: toSchedule(parts), result: best, tries };
}

type Part = { readonly event: number } | { readonly fault: Fault };

function toSchedule(parts: readonly Part[]): Schedule {
  return {
    events: parts.flatMap((part) => ('event' in part ? [part.event] : [])),
    faults: parts.flatMap((part) => ('fault' in part ? [part.fault] : [])),
  };
}
