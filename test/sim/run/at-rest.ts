import { mainLife, statusBranch, type World } from '../world/world.ts';

/**
 * Whether the daemon, in a pass that began at that time or later, has observed the last commit and its own changes, has no possible work
 * left, and has recorded everything.
 */
export function isAtRest(world: World, sinceMs = 0): boolean {
  return (mainLife(world)?.reportBeganMs ?? -1) >= sinceMs && restlessness(world) === '';
}

/** Why it is not at rest; empty when it is. */
export function restlessness({ hosts, lives, remote, machines, account, phase }: World): string {
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
  const waiting = report.residual?.actions ?? [];
  if (waiting.length > 0) return `still to do: ${waiting.map(({ id }) => id).join(', ')}`;
  const blocked = (report.residual?.blocked ?? []).filter(
    ({ needsPerson, reason }) => reason === 'Stalled' || !needsPerson,
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
