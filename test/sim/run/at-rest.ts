import type { Blocked } from '../../../src/fleet/plan.ts';
import { mainLife, statusBranch, type World } from '../world/world.ts';

/**
 * Whether the daemon, in a pass that began at that time or later, has observed the last commit and its own changes, has no possible work
 * left, and has recorded everything.
 */
export function isAtRest(world: World, sinceMs = 0): boolean {
  return (mainLife(world)?.reportBeganMs ?? -1) >= sinceMs && restlessness(world) === '';
}

/** Why it is not at rest; empty when it is. */
export function restlessness(world: World): string {
  const { hosts, lives, remote, machines, account, phase } = world;
  const [main] = hosts;
  const process = main?.controller.process;
  if (main === undefined || process == null) return 'the daemon does not run';
  if (phase !== 'safety' && hosts.slice(1).some(({ controller }) => controller.process !== null))
    return 'the second controller still runs';
  const life = lives.get(process.name);
  const report = life?.lastReport;
  if (life === undefined || report == null) return 'no pass has ended yet';
  if (report.commit !== remote.tip('main')) return `the last pass was at ${report.commit.slice(0, 7)}`;
  if (life.acting !== null) return 'a pass is at work';
  if (report.plan === null) return 'there is no plan';
  // The next pass observes what it has changed all the same.
  if (report.results.some(({ outcome }) => outcome === 'failed')) return 'an action of the last pass failed';
  const waiting = report.residual?.actions ?? [];
  if (waiting.length > 0) return `still to do: ${waiting.map(({ id }) => id).join(', ')}`;
  const blocked = (report.residual?.blocked ?? []).filter(
    (item) => !item.needsPerson || (item.reason === 'Stalled' && !isOfOthers(world, item)),
  );
  if (blocked.length > 0)
    return `blocked: ${blocked.map((item) => `${item.resource} ${item.reason}: ${item.message}`).join(', ')}`;
  const last = machines.audit.mutations.at(-1);
  if (last !== undefined && last.by !== process.name && last.atMs > life.reportBeganMs)
    return 'something changed on a node since the last pass began';
  const { store } = main.disk;
  if (store.values.get('runs/unrecorded') !== undefined) return 'runs are not recorded';
  if (remote.tip(statusBranch) === null) return 'nothing is recorded';
  if (machines.audit.open.size > 0 || machines.runs.size > 0) return 'a playbook is at work';
  if ([...account.servers.values()].some(({ lockedBy }) => lockedBy !== null)) return 'a server is locked';
  return '';
}

/** A creation whose server somebody took away from its node at the provider stalls until the same person acts. */
function isOfOthers({ outsideChanges }: World, { node, kind }: Blocked): boolean {
  return (
    kind === 'node.create' &&
    outsideChanges.some((change) => change.finding === 'identity' && change.node === node)
  );
}
