import type { RefUpdate } from '../git/index.ts';
import { Violation } from '../invariants/index.ts';
import type { World } from '../world/world.ts';

/** Three intervals of the fleet. */
const idleMs = 3 * 300_000 + 60_000;

/** Without work nothing is written: not to providers, nodes, Git, or the store. */
export async function idleIsSilent(world: World, afterEach: () => void): Promise<void> {
  const name = 'idle means no writes';
  const before = counts(world);
  const passes = () => [...world.lives.values()].reduce((sum, life) => sum + life.passes, 0);
  const passesBefore = passes();
  // A wall clock that is set back does not stop passes either.
  for (const { disk } of world.hosts) disk.clock.offsetMs -= 3_600_000;
  await world.timeline.run(world.timeline.nowMs + idleMs, () => false, afterEach);
  const after = counts(world);
  const moved = Object.keys(before).filter((key) => before[key] !== after[key]);
  if (moved.length > 0) throw new Violation(name, `written although nothing was to do: ${moved.join(', ')}`);
  if (passes() - passesBefore < 2) throw new Violation(name, 'no passes were made');
}

/** Server types are requested once an hour, and may be recorded late: new information, not a reaction to our own writes. */
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
