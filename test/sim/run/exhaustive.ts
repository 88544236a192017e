import { type CrashPoint, type Fault, theseFaults } from '../core/index.ts';
import { endState } from '../world/end-state.ts';
import type { World } from '../world/world.ts';
import { type RunInput, type RunResult, run } from './run.ts';

/** A history whose crash points are all tried. */
export interface Scenario {
  readonly name: string;
  /** Purpose. */
  readonly about: string;
  readonly input: Omit<RunInput, 'faults' | 'kill'>;
  /** Additional faults. */
  readonly faults: readonly Fault[];
}

export interface CrashResult {
  readonly point: CrashPoint;
  readonly problem: string | null;
  readonly trace: readonly string[];
}

/** All points at which the daemon of a scenario can be killed. */
export async function pointsOf({ input, faults }: Scenario): Promise<{
  readonly points: readonly CrashPoint[];
  readonly undisturbed: RunResult;
  readonly end: string;
}> {
  const points: CrashPoint[] = [];
  let end = '';
  const undisturbed = await run({
    ...input,
    faults: theseFaults(faults),
    onPoint: (point) => void points.push(point),
    onRest: (world: World) => {
      end = endState(world);
    },
  });
  return { points, undisturbed, end };
}

/** The same history with one kill. It must end like the run without the kill. */
export async function crashAt(
  { input, faults }: Scenario,
  point: CrashPoint,
  end: string,
): Promise<CrashResult> {
  let reached = '';
  let struck = false;
  const result = await run({
    ...input,
    faults: theseFaults(faults),
    kill: ({ site, nth, when }) => {
      const hit = site === point.site && nth === point.nth && when === point.when;
      struck ||= hit;
      return hit;
    },
    onRest: (world: World) => {
      reached = endState(world);
    },
  });
  const { violation, trace } = result;
  if (violation !== null) return { point, trace, problem: `${violation.invariant}: ${violation.message}` };
  if (!struck) return { point, trace, problem: 'the point was not reached again' };
  return {
    point,
    trace,
    problem: reached === end ? null : `it ended otherwise:\n${difference(end, reached)}`,
  };
}

function difference(wanted: string, got: string): string {
  const [before, after] = [new Set(wanted.split('\n')), new Set(got.split('\n'))];
  return [
    ...[...before].filter((line) => !after.has(line)).map((line) => `- ${line}`),
    ...[...after].filter((line) => !before.has(line)).map((line) => `+ ${line}`),
  ]
    .slice(0, 30)
    .join('\n');
}
