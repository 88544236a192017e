import { fleetLabel } from '../../../src/fleet/naming.ts';
import { staticNode } from '../workload/commits.ts';
import { fleetName } from '../workload/fleet-model.ts';
import { foreignNames, foreignUid } from '../world/foreigners.ts';
import { isDaemon } from '../world/world.ts';
import { type Checker, newIn, Violation } from './checker.ts';

/** Resources without the identity of the fleet are never changed. */
export function untouched(): Checker {
  const name = 'nothing unclaimed is touched';
  const atProvider = newIn(({ account }) => account.audit);
  const onMachines = newIn(({ machines }) => machines.audit.mutations);
  return {
    name,
    step: (world) => {
      for (const change of atProvider(world)) {
        if (!isDaemon(world, change.by) || change.method === 'POST') continue;
        if (change.labels[fleetLabel] !== fleetName)
          throw new Violation(name, `${change.by}: ${change.method} ${change.path} of ${change.name}`);
      }
      for (const change of onMachines(world)) {
        if (!isDaemon(world, change.by) || change.environment === null) continue;
        const foreign = (foreignNames as readonly string[]).includes(change.environment);
        if (change.host === staticNode.address && foreign)
          throw new Violation(name, `${change.by} changed ${change.environment} of others: ${change.change}`);
      }
    },
    rest: ({ machines }) => {
      for (const foreign of foreignNames) {
        const record = machines.get(staticNode.address).slots.get(foreign)?.record;
        if (record?.uid !== foreignUid || record.retained === true)
          throw new Violation(name, `${foreign} of another fleet is gone or out of service`);
      }
    },
  };
}
