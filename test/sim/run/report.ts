import type { Fault } from '../core/index.ts';
import type { RunResult } from './run.ts';
import type { Schedule, Shrunk } from './shrink.ts';

/** Report of a failing seed: the invariant, the minimal schedule that violates it, the timeline, and the command to reproduce it. */
export function failureText(seed: number, found: RunResult, { schedule, result, tries }: Shrunk): string {
  const { violation } = result.violation === null ? found : result;
  return [
    `seed ${seed}: ${violation?.invariant}`,
    `  ${violation?.message}`,
    '',
    `least schedule (${tries} runs to find it; ${found.struck.length} faults at first):`,
    ...(schedule.faults.length === 0
      ? ['  no fault']
      : schedule.faults.map((fault) => `  ${faultText(fault)}`)),
    '',
    'timeline:',
    ...timeline(result).map((line) => `  ${line}`),
    '',
    'again:',
    `  npm run sim -- --replay '${JSON.stringify({ seed, ...compact(schedule) })}' --trace`,
  ].join('\n');
}

/** A schedule in the short form for the command line. */
export function compact({ events, faults }: Schedule): {
  readonly events: readonly number[];
  readonly faults: readonly string[];
} {
  return { events, faults: faults.map(faultText) };
}

export function faultText({ site, nth, kind }: Fault): string {
  return `${site}#${nth}!${kind}`;
}

/** Parses the text of {@link faultText}. Throws for any other text. */
export function parseFault(text: string): Fault {
  const [, site, nth, kind] = /^(.+)#(\d+)!([a-z0-9-]+)$/.exec(text) ?? [];
  if (site === undefined || nth === undefined || kind === undefined)
    throw new Error(`${text} is no fault; one looks like git.push#0!lost-reply`);
  return { site, nth: Number(nth), kind };
}

const shown = 40;

function timeline({ happened, trace, violation }: RunResult): readonly string[] {
  const newest = trace.filter((line) => !line.includes(' log ')).slice(-shown);
  return [
    ...happened,
    `… the last ${newest.length} calls:`,
    ...newest.map((line) => line.slice(0, 160)),
    `${violation?.atMs ?? 0} VIOLATION`,
  ];
}
