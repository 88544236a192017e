import type { EnvironmentName } from '../../../src/fleet/brand.ts';
import type { Action, ActionKind } from '../../../src/fleet/plan.ts';
import type { ActionResult } from '../../../src/fleet/run.ts';
import type { Slot } from '../machines/machine.ts';
import { machineOf } from '../world/where.ts';
import type { Life, World } from '../world/world.ts';
import { type Checker, Violation } from './checker.ts';

/** Actions that are reported as succeeded have taken effect. */
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
        const problem = problemOf(world, said.life, action, result);
        if (problem !== null)
          throw new Violation(name, `${result.action} of ${said.life.process.name}: ${problem}`);
      }
    },
  };
}

function problemOf(world: World, life: Life, action: Action, result: ActionResult): string | null {
  return checks[action.kind](world, life, action, result);
}

type Check = (world: World, life: Life, action: Action, result: ActionResult) => string | null;

/** The contradiction to the success of an action, by its kind. */
const checks: { readonly [K in ActionKind]: Check } = {
  'node.create': namesItsServer,
  'node.provision': unchecked,
  'node.firewall': unchecked,
  'node.delete': (world, _, { target }) =>
    machineOf(world, target.node) === null ? null : 'its server is there',
  'environment.converge': onNode(inService),
  'environment.stop': onNode(inService),
  'environment.start': onNode(inService),
  'environment.retain': onNode(({ slot }) =>
    slot?.record === null || slot?.record.retained === true ? null : 'it is in service',
  ),
  'environment.delete': onNode(({ slot }) =>
    slot?.record == null && slot?.database !== true ? null : 'something of it is left',
  ),
  'environment.clone': unchecked,
  'environment.promote': unchecked,
  'backup.create': unchecked,
  'backup.restore': unchecked,
};

/** The server may be deleted by now, but it was never a different one. */
function namesItsServer(world: World, _life: Life, _action: Action, result: ActionResult): string | null {
  if (result.kind !== 'node.create' || result.output === undefined) return 'it does not say which server';
  const { server: id, ipv4 } = result.output;
  const server = world.account.servers.get(id);
  return server === undefined || server.ipv4 === ipv4 ? null : `server ${id} has not the address ${ipv4}`;
}

function unchecked(): null {
  return null;
}

interface Place {
  readonly world: World;
  readonly life: Life;
  readonly environment: EnvironmentName;
  readonly slot: Slot | undefined;
}

function onNode(check: (place: Place) => string | null): Check {
  return (world, life, { target }) => {
    const machine = machineOf(world, target.node);
    // The server may have been deleted at the same time; then there is nothing to compare.
    if (machine === null || target.kind !== 'environment') return null;
    const { environment } = target;
    return check({ world, life, environment, slot: machine.slots.get(environment) });
  };
}

function inService({ world, life, environment, slot }: Place): string | null {
  if (slot?.record == null || slot.record.retained === true) return 'it is not in service';
  const meant = life.acting === null ? undefined : world.meant.get(life.acting)?.fleet;
  const wanted = meant?.environments.get(environment);
  const state = wanted?.stopped === true ? 'stopped' : 'running';
  return wanted === undefined || slot.record.spec?.state === state ? null : `it is not ${state}`;
}
