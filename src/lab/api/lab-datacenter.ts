import type { Datacenter } from '../cloud/cloud.ts';
import { unavailable } from '../cloud/orders.ts';
import type { FaultControl, FaultOf } from './faults.ts';

/** The lab's host as the place that runs the servers: what it can have is limited by the account and by faults. */
export function labDatacenter(faults: FaultControl, maxServers: number, now: () => number): Datacenter {
  return {
    serverLimit: () => faults.strike('server-limit')?.max ?? maxServers,
    isSoldOut: (serverType, location) => faults.peek('sold-out', concerning(serverType, location)).length > 0,
    boots: ({ bootable }) => bootable,
    // The machine gets its address when it is created.
    place: (serverType, location) => {
      if (faults.strike('sold-out', concerning(serverType, location)))
        throw unavailable(serverType, location);
      return null;
    },
    listed: (collection, all) => {
      const hiddenMs = collection === 'servers' ? (faults.peek('eventual-list')[0]?.ms ?? 0) : 0;
      return all.filter(({ created }) => now() - Date.parse(created) >= hiddenMs);
    },
  };
}

function concerning(serverType: string, location: string): (fault: FaultOf<'sold-out'>) => boolean {
  return (fault) => fault.serverType === serverType && (fault.location ?? location) === location;
}
