import type { RefUpdate } from '../git/index.ts';
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
  // Neither does a wall clock that is set back keep the daemon from looking.
  for (const { disk } of world.hosts) disk.clock.offsetMs -= 3_600_000;
  await world.timeline.run(world.timeline.nowMs + idleMs, () => false, afterEach);
  const after = counts(world);
  const moved = Object.keys(before).filter((key) => before[key] !== after[key]);
  if (moved.length > 0) throw new Violation(name, `written although nothing was to do: ${moved.join(', ')}`);
  if (passes() - passesBefore < 2) throw new Violation(name, 'no passes were made');
}

/** What a provider offers is asked once an hour, and may become known late: a fact, and no echo of our own. */
function isNews({ remote }: World, { from, to }: RefUpdate): boolean {
  const [before, after] = [from, to].map((sha) =>
    sha === null ? new Map<string, string>() : remote.files(sha),
  );
  const changed = [...(after ?? [])].filter(([path, text]) => before?.get(path) !== text);
  return changed.length > 0 && changed.every(([path]) => path.startsWith('status/provider/'));
}

function counts(world: World): Readonly<Record<string, number>> {
  const { account, machines, remote, hosts } = world;
  return {
    'the provider': account.audit.length,
    nodes: machines.audit.mutations.length,
    Git: remote.updates.filter((update) => !isNews(world, update)).length,
    'the store': hosts[0]?.disk.store.writes ?? 0,
  };
}
