import { type FaultSource, randomFaults, type SimRandom, simRandom } from '../core/index.ts';
import { firstFleet } from '../workload/commits.ts';
import { someEvents } from '../workload/events.ts';
import { emptyFleet } from '../workload/fleet-model.ts';
import type { RunInput } from './run.ts';

const minuteMs = 60_000;

/** The run of a seed: fleet, history, people, faults and kills, all drawn from it. */
export function inputOf(seed: number): RunInput {
  const random = simRandom(seed).fork('input');
  const safetyMs = random.pick([10, 25, 45]) * minuteMs;
  return {
    seed,
    safetyMs,
    first: firstFleet(random.fork('fleet'), emptyFleet),
    events: someEvents(random.fork('events'), safetyMs),
    controllers: 2,
    faults: withKills(
      randomFaults(random.fork('faults'), random.pick([0, 0.1, 0.3, 0.6])),
      random.fork('kills'),
      random.pick([0, 0, 0.0005, 0.003, 0.01]),
    ),
  };
}

/** Every call can be the last of its process, with equal probability. */
function withKills(faults: FaultSource, random: SimRandom, chance: number): FaultSource {
  return {
    decide: (site, nth, kinds) => {
      if (!site.startsWith('kill ')) return faults.decide(site, nth, kinds);
      return chance > 0 && random.chance(chance) ? 'kill' : null;
    },
  };
}
