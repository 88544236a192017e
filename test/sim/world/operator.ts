import { hostKeyId, hostKeyLabel } from '../../../src/fleet/naming.ts';
import { cloudPeople, type SimServer } from '../hetzner/index.ts';
import { serversOf } from './where.ts';
import { mainLife, statusBranch, type World } from './world.ts';

/**
 * A person reads what is held back, and does what it says: a server of which nobody knows the host key any more is deleted by hand. Two
 * controllers that know nothing of each other can leave one. Returns whether anything was done.
 */
export function followHints(world: World): boolean {
  let acted = false;
  // One controller alone must never come to that.
  if ((world.hosts[1]?.controller.lives ?? 0) === 0) return false;
  const report = mainLife(world)?.lastReport;
  for (const { reason, message, node } of report?.residual?.blocked ?? []) {
    const isKey = reason === 'HostKeyUnknown' || reason === 'HostKeyMismatch';
    const untrusted = isKey || message.includes('a host key that is not known here');
    if (!untrusted || node === null) continue;
    for (const server of serversOf(world, node))
      if (!isRecorded(world, node, server))
        acted = cloudPeople(world.account, 'Dana').deleteServer(server.id) || acted;
  }
  return acted;
}

/** Whether the key that it was made with stands in its record: then it is trusted without a person. */
function isRecorded({ remote }: World, node: string, { labels }: SimServer): boolean {
  const text = remote.text(statusBranch, `status/node/${node}.yaml`) ?? '';
  const [key] = /ssh-ed25519 [A-Za-z0-9+/=]+/.exec(text) ?? [];
  return key !== undefined && hostKeyId(key) === labels[hostKeyLabel];
}
