import { type CallSite, findCallSites } from '../call-sites/call-sites.ts';
import { callers } from '../call-sites/caller.ts';
import { type CrashPoint, theseFaults } from '../core/index.ts';
import { endState } from '../world/end-state.ts';
import type { World } from '../world/world.ts';
import type { Scenario } from './exhaustive.ts';
import { run } from './run.ts';

/** A crash point of the daemon, with the place in the sources that makes the call. */
export interface PlacedPoint extends CrashPoint {
  readonly site: string;
  readonly place: string | null;
}

export interface Survey {
  /** Its name. */
  readonly scenario: string;
  readonly points: readonly PlacedPoint[];
  /** End state of the run without kills. */
  readonly end: string;
  readonly problem: string | null;
}

/** Runs a scenario without kills, and records every point with its call site. */
export async function survey(
  scenario: Scenario,
  sites: readonly CallSite[] = findCallSites(),
): Promise<Survey> {
  const { current, track } = callers(sites);
  const points: PlacedPoint[] = [];
  const places = new Map<string, string | null>();
  let end = '';
  const { violation } = await run({
    ...scenario.input,
    faults: theseFaults(scenario.faults),
    wrap: (deps) => ({
      ...deps,
      git: track(deps.git),
      ansible: track(deps.ansible),
      machines: track(deps.machines),
      cloud: async (provider) => track(await track({ cloud: deps.cloud }).cloud(provider)),
    }),
    onPoint: (point) => {
      const call = `${point.site}#${point.nth}`;
      // After the effect the world replies, and the stack has no code of ours.
      if (point.when === 'before')
        places.set(call, current(point.site.slice(point.site.indexOf('.') + 1))?.id ?? null);
      points.push({ ...point, place: places.get(call) ?? null });
    },
    onRest: (world: World) => {
      end = endState(world);
    },
  });
  return {
    scenario: scenario.name,
    points,
    end,
    problem: violation === null ? null : `${violation.invariant}: ${violation.message}`,
  };
}

const anotherBranch =
  'the fleets of these histories keep their records on one branch; test/contract/signatures and test/reconcile move it';
const noAddress =
  'the simulated provider gives an address together with the server; test/adapters/hetzner has servers without';
const oneServer =
  'looks up several servers with the labels of one node, and no history makes a second one; test/reconcile/observe-providers.test.ts has them';
const oneLeft =
  'nodes that are deleted have a recorded server, and the last one is deleted last; test/actions/node-delete.test.ts has others';
const manyRuns =
  'only reached when the store forgets runs before they are recorded, after more than a thousand; test/reconcile/run-log.test.ts';

/** Places that no history reaches, as {@link placeKey}, each with the reason. A place that is reached must be removed from this list. */
export const unreachable: Readonly<Record<string, string>> = {
  'src/actions/node-create.ts clock.sleep': noAddress,
  'src/actions/node-delete.ts cloud.findServer': oneLeft,
  'src/actions/node-delete.ts cloud.getServer': oneLeft,
  'src/reconcile/find-servers.ts cloud.getServer': oneServer,
  'src/reconcile/pass.ts git.fetch': anotherBranch,
  'src/reconcile/pass.ts store.putValue': anotherBranch,
  'src/reconcile/run-log.ts store.unfinishedRuns': manyRuns,
  'src/reconcile/run-log.ts store.runs': manyRuns,
};

/** `src/record/commit-records.ts git.push` of `before src/record/commit-records.ts:33 git.push`: lines move. */
export function placeKey(place: string): string {
  return place.replace(/^(before|after) /, '').replace(/:\d+ /, ' ');
}
