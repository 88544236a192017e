import type { RefUpdate } from '../git/index.ts';
import { isDaemon, statusBranch, type World } from '../world/world.ts';
import { type Checker, newIn, Violation } from './checker.ts';

/** The status branch is append-only: no force-push by us, and existing records are never changed. */
export function appendOnly(): Checker {
  const name = 'records are append-only, no commit is lost or doubled, nothing is forced';
  const moved = newIn(({ remote }) => remote.updates);
  const runs = new Map<string, string>();
  return {
    name,
    step: (world) => {
      for (const update of moved(world)) {
        if (!isDaemon(world, update.by)) continue;
        const problem = problemOf(world, update, runs);
        if (problem !== null) throw new Violation(name, `${update.by} on ${update.branch}: ${problem}`);
      }
    },
  };
}

function problemOf(
  world: World,
  { branch, from, to, forced }: RefUpdate,
  runs: Map<string, string>,
): string | null {
  if (branch !== statusBranch) return 'nothing of ours is pushed there';
  if (forced || to === null) return 'forced';
  const commit = world.remote.commits.get(to);
  if (commit === undefined) return 'the commit is not there';
  if ((commit.parents[0] ?? null) !== from) return 'the commit does not follow the tip before';
  if (!/^Pressluft-Source-Revision: [0-9a-f]{40}$/m.test(commit.info.message))
    return 'no trailer names the source';
  const [before, after] = [from === null ? new Map() : world.remote.files(from), world.remote.files(to)];
  for (const [path, text] of before) {
    if (!path.startsWith('status/') && after.get(path) !== text) return `${path} was changed or deleted`;
  }
  for (const path of after.keys()) {
    if (!path.startsWith('runs/') || before.has(path)) continue;
    const id = path.slice(path.lastIndexOf('/') + 1);
    if (runs.has(id)) return `run ${id} is recorded as ${runs.get(id)} and ${path}`;
    runs.set(id, path);
  }
  return null;
}
