import { cloudPeople } from '../hetzner/index.ts';
import { serversOf } from './where.ts';
import { mainLife, type World } from './world.ts';

/** A server of which nobody knows the host key; two controllers that know nothing of each other can leave one. */
const unknownKey = ['host_key_mismatch', 'host_key_unknown'];

/** A person reads what is held back, and does what it says: a server that nobody can trust any more is deleted by hand. */
export function followHints(world: World): void {
  // One controller alone must never come to that.
  if ((world.hosts[1]?.controller.lives ?? 0) === 0) return;
  const report = mainLife(world)?.lastReport;
  for (const { reason, message, node } of report?.residual?.blocked ?? []) {
    const isUntrusted = unknownKey.includes(reason) || message.includes('a host key that is not known here');
    if (!isUntrusted || node === null) continue;
    for (const server of serversOf(world, node)) cloudPeople(world.account, 'Dana').deleteServer(server.id);
  }
}
