import type { Action } from '../../../src/fleet/plan.ts';
import { machineOf } from '../world/where.ts';
import type { Life, World } from '../world/world.ts';
import { type Checker, Violation } from './checker.ts';

/** What is reported as done is done. */
export function truthful(): Checker {
  const name = 'what is reported as done is done';
  return {
    name,
    step: (world) => {
      for (const said of world.said) {
        if (said.kind !== 'progress' || said.event.kind !== 'action-finished') continue;
        const { result } = said.event;
        const action = said.life.plan?.actions.find(({ id }) => id === result.action);
        if (action === undefined || result.outcome !== 'succeeded') continue;
        const problem = problemOf(world, said.life, action);
        if (problem !== null)
          throw new Violation(name, `${result.action} of ${said.life.process.name}: ${problem}`);
      }
    },
  };
}

function problemOf(world: World, life: Life, action: Action): string | null {
  const { target } = action;
  const machine = machineOf(world, target.node);
  if (action.kind === 'node.delete') return machine === null ? null : 'its server is there';
  // Somebody may have deleted the server in this very moment; then there is nothing to compare with.
  if (machine === null || target.kind !== 'environment') return null;
  const slot = machine.slots.get(target.environment);
  switch (action.kind) {
    case 'environment.converge':
    case 'environment.stop':
    case 'environment.start': {
      if (slot?.record == null || slot.record.retained === true) return 'it is not in service';
      const meant = life.acting === null ? undefined : world.meant.get(life.acting)?.fleet;
      const wanted = meant?.environments.get(target.environment);
      const state = wanted?.stopped === true ? 'stopped' : 'running';
      return wanted === undefined || slot.record.spec?.state === state ? null : `it is not ${state}`;
    }
    case 'environment.retain':
      return slot?.record === null || slot?.record.retained === true ? null : 'it is in service';
    case 'environment.delete':
      return slot?.record == null && slot?.database !== true ? null : 'something of it is left';
    default:
      return null;
  }
}
