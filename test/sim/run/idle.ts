import { Violation } from '../invariants/index.ts';
import type { World } from '../world/world.ts';

/** Three intervals of the fleet. */
const idleMs = 3 * 300_000 + 60_000;

/** Where there is nothing to do nothing is written: not to providers, nodes, Git, or the store. */
export async function idleIsSilent(world: World, afterEach: () => void): Promise<void> {
  const name = 'idle means no writes';
  const before = counts(world);
  const passes = () => [...world.lives.values()].reduce((sum, life) => sum + life.passes, 0);
  const passesBefore = passes();
  await world.timeline.run(world.timeline.nowMs + idleMs, () => false, afterEach);
  const after = counts(world);
  const moved = Object.keys(before).filter((key) => before[key] !== after[key]);
  if (moved.length > 0) throw new Violation(name, `written although nothing was to do: ${moved.join(', ')}`);
  if (passes() - passesBefore < 2) throw new Violation(name, 'no passes were made');
}

function counts({ account, machines, remote, hosts }: World): Readonly<Record<string, number>> {
  return {
    'the provider': account.audit.length,
    nodes: machines.audit.mutations.length,
    Git: remote.updates.length,
    'the store': hosts[0]?.disk.store.writes ?? 0,
  };
}
