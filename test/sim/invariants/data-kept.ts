import type { EnvironmentName } from '../../../src/fleet/brand.ts';
import { uidOf } from '../../../src/fleet/naming.ts';
import { resourceRef } from '../../../src/fleet/resource.ts';
import type { SimMachine, Slot } from '../machines/machine.ts';
import { fleetName } from '../workload/fleet-model.ts';
import { type Checker, newIn, Violation } from './checker.ts';

/** The data of a site survives every change, even while it is retained, until it is deleted on purpose. */
export function dataKept(): Checker {
  const name = 'data outlives every change that does not delete it';
  const mutated = newIn(({ machines }) => machines.audit.mutations);
  const known = new Map<string, string>();
  return {
    name,
    step: (world) => {
      for (const { host, environment, playbook } of mutated(world)) {
        const machine = world.machines.machines.get(host);
        const slot = environment === null ? undefined : machine?.slots.get(environment);
        if (machine === undefined || slot === undefined || !isOurs(slot)) continue;
        const key = keyOf(machine, slot);
        const [before, now] = [known.get(key), slot.installation?.dataId];
        // Another checker verifies that the deletion was requested.
        if (before !== undefined && before !== now && playbook !== 'environment-delete')
          throw new Violation(name, `${slot.name} on ${host} had ${before} and has ${now ?? 'nothing'}`);
        if (now === undefined) known.delete(key);
        else known.set(key, now);
      }
    },
  };
}

function keyOf({ machineId }: SimMachine, { name }: Slot): string {
  return `${machineId} ${name}`;
}

function isOurs({ name, claim }: Slot): boolean {
  return claim === uidOf(fleetName, resourceRef('Environment', name as EnvironmentName));
}
