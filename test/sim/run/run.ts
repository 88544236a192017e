import type { Deps } from '../../../src/ports/index.ts';
import {
  type CrashPoint,
  crashPoints,
  createTrace,
  type Fault,
  type FaultSource,
  faultLog,
  simRandom,
  Timeline,
} from '../core/index.ts';
import { allCheckers, type Checker, Violation } from '../invariants/index.ts';
import { settled } from '../workload/commits.ts';
import type { WorldEvent } from '../workload/events.ts';
import type { FleetModel } from '../workload/fleet-model.ts';
import { acceptAllLosses } from '../world/accept-loss.ts';
import { createWorld } from '../world/create-world.ts';
import { commitFleet, fleetNow, happen, repairAll } from '../world/happen.ts';
import { followHints } from '../world/operator.ts';
import { takeAllBack } from '../world/take-back.ts';
import type { World } from '../world/world.ts';
import { isAtRest, restlessness } from './at-rest.ts';
import { idleIsSilent } from './idle.ts';

/** Input of a run. */
export interface RunInput {
  readonly seed: number;
  readonly first: FleetModel;
  readonly events: readonly WorldEvent[];
  readonly safetyMs: number;
  readonly faults: FaultSource;
  /** Whether the process is killed at a point of a call. */
  readonly kill?: (point: CrashPoint) => boolean;
  readonly onPoint?: (point: CrashPoint) => void;
  readonly controllers?: number;
  readonly wrap?: (deps: Deps) => Deps;
  /** The remote is a path that the controller watches. */
  readonly localRemote?: boolean;
  readonly keepTrace?: number;
  /** Waits until all is at rest before each event, so that every commit of a history is applied separately. */
  readonly oneByOne?: boolean;
  /** No person follows the hints of blocked items: everything must become Ready without. */
  readonly unattended?: boolean;
  /** Called with the world at rest, e.g. to compare it with another run. */
  readonly onRest?: (world: World) => void;
  readonly checkers?: readonly Checker[];
}

export interface RunResult {
  readonly seed: number;
  readonly violation: { readonly invariant: string; readonly message: string; readonly atMs: number } | null;
  /** All faults, including kills. */
  readonly struck: readonly Fault[];
  /** Events of people, in words, with their time. */
  readonly happened: readonly string[];
  readonly trace: readonly string[];
  readonly digest: string;
  readonly points: number;
  readonly passes: number;
  readonly lives: number;
  readonly virtualMs: number;
  /** From the end of the faults until all was Ready, ms of virtual time. */
  readonly recoveredMs: number;
}

/** Time limit to come to rest after the last fault. */
export const livenessMs = 3 * 3_600_000;
/** Time for machines to boot and interrupted work to end before the check. */
const settleMs = 2 * 60_000;
/** Interval at which a person checks for stalled actions and asks for a retry. */
const operatorEveryMs = 20 * 60_000;

/** One run: a safety phase with faults, a liveness phase without, and an idle phase without work. */
export async function run(input: RunInput): Promise<RunResult> {
  const random = simRandom(input.seed);
  const timeline = new Timeline(random.fork('scheduler'));
  const trace = createTrace(input.keepTrace);
  const faults = faultLog(input.faults);
  const kill = ({ site, nth, when }: CrashPoint) =>
    faults.decide(`kill ${when} ${site}`, nth, ['kill']) !== null ||
    input.kill?.({ site, nth, when }) === true;
  const points = crashPoints({ kill, ...(input.onPoint === undefined ? {} : { onPoint: input.onPoint }) });
  const { wrap, controllers = 1 } = input;
  const world = createWorld(
    { timeline, random, faults, points, trace },
    { controllers, localRemote: input.localRemote === true, ...(wrap === undefined ? {} : { wrap }) },
  );
  const checkers = input.checkers ?? allCheckers();
  const happened: string[] = [];
  const say = (what: string) => {
    happened.push(`${clockText(timeline.nowMs)} ${what}`);
    trace.add(`${timeline.nowMs} * ${what}`);
  };
  const afterEach = () => {
    for (const checker of checkers) checker.step?.(world);
    world.said.length = 0;
    world.logged.length = 0;
  };

  let violation: RunResult['violation'] = null;
  let repairedAtMs = 0;
  let recoveredMs = 0;
  try {
    commitFleet(world, 'begin', input.first);
    say('commit: begin');
    world.hosts[0]?.controller.start();
    await safety(world, input, say, afterEach);

    world.phase = 'liveness';
    faults.end();
    repairAll(world);
    say('nothing goes wrong any more');
    const last = fleetNow(world);
    if (last !== null) commitFleet(world, 'settle', settled(last));
    repairedAtMs = timeline.nowMs;
    await timeline.run(timeline.nowMs + settleMs, () => false, afterEach);
    await untilRest(world, repairedAtMs + livenessMs, afterEach, input.unattended);
    for (const checker of checkers) checker.found?.(world);
    for (let nth = 0; nth < 5 && input.unattended !== true && settleOutside(world, say); nth++) {
      // A server that a person deletes is still listed for a moment.
      await timeline.run(timeline.nowMs + settleMs, () => false, afterEach);
      await untilRest(world, timeline.nowMs + livenessMs, afterEach);
    }
    recoveredMs = timeline.nowMs - repairedAtMs;
    for (const checker of checkers) checker.rest?.(world);
    world.phase = 'rest';
    await idleIsSilent(world, afterEach);
    input.onRest?.(world);
  } catch (error) {
    const invariant = error instanceof Violation ? error.invariant : 'no unexpected error';
    const message =
      error instanceof Error
        ? error instanceof Violation
          ? error.message
          : (error.stack ?? '')
        : String(error);
    violation = { invariant, message, atMs: timeline.nowMs };
  }
  // The runtime keeps objects with listeners, and with them the whole world.
  for (const { controller } of world.hosts) controller.end('killed');
  return {
    seed: input.seed,
    violation,
    struck: faults.struck,
    happened,
    trace: trace.lines(),
    digest: trace.digest(),
    points: points.reached,
    passes: [...world.lives.values()].reduce((sum, { passes }) => sum + passes, 0),
    lives: world.lives.size,
    virtualMs: timeline.nowMs,
    recoveredMs,
  };
}

/** People take back what they changed outside of Git, and accept the losses that are left. Returns whether there was anything. */
function settleOutside(world: World, say: (what: string) => void): boolean {
  if (takeAllBack(world)) say('what was changed outside of Git is taken back');
  else if (followHints(world)) say('hints are followed');
  else if (acceptAllLosses(world)) say('losses are accepted');
  else return false;
  return true;
}

async function safety(
  world: World,
  { events, safetyMs, oneByOne = false }: RunInput,
  say: (what: string) => void,
  afterEach: () => void,
): Promise<void> {
  const { timeline } = world;
  if (oneByOne) {
    await untilRest(world, timeline.nowMs + livenessMs, afterEach);
    for (const event of events) {
      say(happen(world, event));
      await untilRest(world, timeline.nowMs + livenessMs, afterEach);
    }
    return;
  }
  for (const event of events) timeline.in(event.atMs, event.kind, () => say(happen(world, event)));
  await timeline.run(safetyMs, () => false, afterEach);
}

async function untilRest(
  world: World,
  limitMs: number,
  afterEach: () => void,
  unattended = false,
): Promise<void> {
  const { timeline } = world;
  while (timeline.nowMs < limitMs) {
    if (!unattended && followHints(world))
      await timeline.run(timeline.nowMs + settleMs, () => false, afterEach);
    const sinceMs = timeline.nowMs;
    world.hosts[0]?.controller.ring('SIGHUP');
    await timeline.run(
      Math.min(limitMs, timeline.nowMs + operatorEveryMs),
      () => isAtRest(world, sinceMs),
      afterEach,
    );
    if (isAtRest(world, sinceMs)) return;
  }
  throw new Violation('everything becomes Ready, and nothing is left over', restlessness(world));
}

function clockText(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}
