import { machineAddress } from '../actions/host-keys.ts';
import type { NodeName } from '../fleet/brand.ts';
import type { DesiredFleet } from '../fleet/desired.ts';
import { errors } from '../fleet/error-catalogue.ts';
import { PressluftError } from '../fleet/errors.ts';
import type { RecordedFleet } from '../fleet/recorded.ts';
import { resourceRef } from '../fleet/resource.ts';
import type { Store } from '../ports/store.ts';

/** How to reach a node, from its record; throws PL4020 if address or host key are not recorded. */
export function nodeAddress(store: Store, fleet: DesiredFleet, recorded: RecordedFleet, node: NodeName) {
  const { ipv4 } = recorded.status.get(resourceRef('Node', node))?.details ?? {};
  const address = typeof ipv4 === 'string' ? machineAddress(store, recorded, fleet, node, ipv4) : null;
  if (address !== null) return address;
  throw new PressluftError(
    errors.nodeUnreachable,
    `the address or the host key of node ${node} is not recorded`,
    { hint: 'Run a pass first: pressluft reconcile' },
  );
}
