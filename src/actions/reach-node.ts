import type { NodeName } from '../fleet/brand.ts';
import { errors } from '../fleet/error-catalogue.ts';
import { PressluftError } from '../fleet/errors.ts';
import type { MachineAddress } from '../ports/machine.ts';
import type { ActionContext } from './context.ts';
import { machineAddress } from './host-keys.ts';

/** SSH target of a node. Throws if it is not known. */
export function reach(context: ActionContext, node: NodeName): { ipv4: string; address: MachineAddress } {
  const ipv4 = context.addressOf(node);
  if (ipv4 === null)
    throw new PressluftError(errors.nodeUnreachable, `the address of node ${node} is not known yet`);
  const address = machineAddress(context.deps.store, context.recorded, context.desired, node, ipv4);
  if (address !== null) return { ipv4, address };
  throw new PressluftError(
    errors.nodeHostKeyMismatch,
    `no host key is pinned for node ${node}, so Pressluft does not connect to it`,
    {
      hint: 'Its server was not created by this fleet, or the store and the status branch were lost.',
    },
  );
}
