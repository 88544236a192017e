import type { World } from '../world/world.ts';
import { type Checker, Violation } from './checker.ts';

const windowMs = 10 * 60_000;
/** Far more than an interval of five minutes, three retries and the commits of people can cause. */
const mostPasses = 80;
const mostFailures = 4;
const mostPending = 3000;
/** The interval with its jitter, a check of the remote that hangs until its time limit, and a margin. */
const longestWaitMs = 12 * 60_000;

/** Retries, queues, pauses and stored values stay bounded. */
export function bounded(): Checker {
  const name = 'retries, queues, pauses and memory are bounded';
  const passes = new Map<string, number[]>();
  const waitsSince = new Map<string, number>();
  return {
    name,
    step: (world) => {
      if (world.timeline.pending > mostPending)
        throw new Violation(name, `${world.timeline.pending} things are still to happen`);
      for (const [life, sinceMs] of waitsSince) {
        if (world.lives.get(life)?.process.alive !== true) waitsSince.delete(life);
        else if (world.timeline.nowMs - sinceMs > longestWaitMs)
          throw new Violation(name, `${life} waits for more than ${longestWaitMs / 60_000} minutes`);
      }
      for (const said of world.said) {
        if (said.kind === 'progress' && said.event.kind === 'pass-finished')
          waitsSince.set(said.life.process.name, world.timeline.nowMs);
        if (said.kind === 'progress' && said.event.kind === 'pass-started')
          waitsSince.delete(said.life.process.name);
        if (said.kind !== 'progress' || said.event.kind !== 'pass-started') continue;
        const { name: life } = said.life.process;
        const times = (passes.get(life) ?? []).filter((at) => at > world.timeline.nowMs - windowMs);
        times.push(world.timeline.nowMs);
        passes.set(life, times);
        if (times.length > mostPasses)
          throw new Violation(name, `${life}: ${times.length} passes in 10 minutes`);
        checkStore(name, world, said.life.host.disk.store);
      }
    },
  };
}

function checkStore(name: string, world: World, store: World['hosts'][number]['disk']['store']): void {
  for (const { resource, failures } of store.retries.values())
    if (failures > mostFailures) throw new Violation(name, `${resource} was tried ${failures} times`);
  const known = new Set([...world.meant.values()].flatMap(({ fleet }) => [...fleet.nodes.keys()]));
  if (store.intents.size > known.size) throw new Violation(name, `${store.intents.size} intents are open`);
  if (store.unfinished.size > 1) throw new Violation(name, `${store.unfinished.size} runs are open`);
}
