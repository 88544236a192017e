import type { Action } from '../../../src/fleet/plan.ts';
import type { RetryState } from '../../../src/ports/store.ts';
import type { FleetModel } from '../workload/fleet-model.ts';
import { isApproved } from '../world/accept-loss.ts';
import type { Life, World } from '../world/world.ts';
import { type Checker, Violation } from './checker.ts';

/** Suspended nodes are not changed, approvals and back-off are respected, deletions stay in their budget. */
export function honoured(): Checker {
  const name = 'suspension, approval, budget and back-off are honoured';
  /** Actions that succeeded in the current pass, by life. */
  const done = new Map<string, Set<string>>();
  return {
    name,
    step: (world) => {
      for (const said of world.said) {
        if (said.kind !== 'progress') continue;
        const { name: own } = said.life.process;
        if (said.event.kind === 'planned') {
          done.set(own, new Set());
          const { actions, commit } = said.event.plan;
          const meant = world.meant.get(commit)?.fleet;
          const allowed = meant?.deletionsAllowed ?? 0;
          const removed = new Set(actions.filter((action) => isRemoval(meant, action)).map(resourceOf));
          if (removed.size > allowed)
            throw new Violation(name, `${own} plans ${removed.size} removals, and ${allowed} are allowed`);
        }
        if (said.event.kind === 'action-finished' && said.event.result.outcome === 'succeeded')
          done.get(own)?.add(said.event.result.action);
        if (said.kind !== 'progress' || said.event.kind !== 'action-started') continue;
        const { life, event, retry } = said;
        const action = life.plan?.actions.find(({ id }) => id === event.action);
        if (action === undefined) throw new Violation(name, `${event.action} was started and not planned`);
        const early = action.dependsOn.find((id) => done.get(life.process.name)?.has(id) !== true);
        const problem =
          early === undefined
            ? problemOf(world, life, action, retry)
            : `${early} has not succeeded before it`;
        if (problem !== null)
          throw new Violation(name, `${life.process.name} started ${action.id}: ${problem}`);
      }
    },
  };
}

/** A copy elsewhere of a site that is described is no removal. */
function isRemoval(meant: FleetModel | undefined, { kind, target }: Action): boolean {
  if (!kind.endsWith('.delete') && kind !== 'environment.retain') return false;
  return target.kind === 'node' || meant?.environments.has(target.environment) !== true;
}

function resourceOf({ resource }: Action): string {
  return resource;
}

function problemOf(
  world: World,
  { acting, host }: Life,
  action: Action,
  retry: RetryState | undefined,
): string | null {
  const fleet = acting === null ? undefined : world.meant.get(acting)?.fleet;
  if (fleet?.nodes.get(action.target.node)?.suspended === true)
    return `node ${action.target.node} is suspended`;
  // A broken configuration defines nothing; then nothing may be changed.
  if (fleet?.broken.has('pressluft.yaml') === true) return 'the configuration of the fleet is broken';
  if (fleet?.approvalFor.includes(action.risk) === true && !isApproved(world, action))
    return `its risk is ${action.risk}, and nobody approved it`;
  const wallMs = host.disk.clock.wallMs(world.timeline.nowMs);
  if (retry?.digest === action.desiredDigest && retry.nextAttemptAt > wallMs)
    return `it failed ${retry.failures} times and waits`;
  return null;
}
