import type { Action } from '../../../src/fleet/plan.ts';
import type { RetryState } from '../../../src/ports/store.ts';
import type { Life, World } from '../world/world.ts';
import { statusBranch } from '../world/world.ts';
import { type Checker, Violation } from './checker.ts';

/** What is suspended is left alone, what needs a yes waits for it, what backs off waits for its time. */
export function honoured(): Checker {
  const name = 'suspension, approval and back-off are honoured';
  return {
    name,
    step: (world) => {
      for (const said of world.said) {
        if (said.kind !== 'progress' || said.event.kind !== 'action-started') continue;
        const { life, event, retry } = said;
        const action = life.plan?.actions.find(({ id }) => id === event.action);
        if (action === undefined) throw new Violation(name, `${event.action} was started and not planned`);
        const problem = problemOf(world, life, action, retry);
        if (problem !== null)
          throw new Violation(name, `${life.process.name} started ${action.id}: ${problem}`);
      }
    },
  };
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
  // Of a broken configuration nothing is known; then nothing at all must happen.
  if (fleet?.broken.has('pressluft.yaml') === true) return 'the configuration of the fleet is broken';
  if (fleet?.approvalFor.includes(action.risk) === true && !isApproved(world, action))
    return `its risk is ${action.risk}, and nobody approved it`;
  const wallMs = host.disk.clock.wallMs(world.timeline.nowMs);
  if (retry?.digest === action.wish && retry.nextAttemptAt > wallMs)
    return `it failed ${retry.failures} times and waits`;
  return null;
}

function isApproved({ remote }: World, { digest }: Action): boolean {
  return [...remote.files(statusBranch, 'approvals').values()].some((text) => text.includes(digest));
}
