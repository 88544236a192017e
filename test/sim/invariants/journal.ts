import { fleetName } from '../workload/fleet-model.ts';
import type { World } from '../world/world.ts';
import { type Checker, newIn, Violation } from './checker.ts';

/** The intent to create a server is stored before the creation: after a kill at any point it is found again. */
export function journal(): Checker {
  const name = 'the intent is journalled before the effect';
  const fresh = newIn(({ account }) => account.audit);
  return {
    name,
    step: (world) => {
      for (const { by, method, path, name: server } of fresh(world)) {
        if (method !== 'POST' || path !== '/servers' || !server.startsWith(`${fleetName}-`)) continue;
        const life = world.lives.get(by);
        if (life === undefined) continue;
        const known = intents(world, by).some(({ data }) => data.server === server);
        if (!known) throw new Violation(name, `${by} made ${server}, and its store does not know of it`);
      }
    },
  };
}

function intents(world: World, by: string) {
  return [...(world.lives.get(by)?.host.disk.store.intents.values() ?? [])];
}
