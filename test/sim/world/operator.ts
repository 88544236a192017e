import { hostKeyId, hostKeyLabel } from '../../../src/fleet/naming.ts';
import { cloudPeople, type SimServer } from '../hetzner/index.ts';
import { serversOf } from './where.ts';
import { mainLife, statusBranch, type World } from './world.ts';

/**
 * A person reads the blocked items and follows their hints: a server with an unknown host key is deleted by hand. Two independent
 * controllers can leave such a server. Returns whether anything was done.
 */
export function followHints(world: World): boolean {
  let acted = false;
  // A single controller must never cause this.
  if ((world.hosts[1]?.controller.lives ?? 0) === 0) return false;
  const report = mainLife(world)?.lastReport;
  for (const { reason, message, node } of report?.residual?.blocked ?? []) {
    const isKey = reason === 'HostKeyUnknown' || reason === 'HostKeyMismatch';
    const untrusted = isKey || message.includes('an unknown host key');
    if (!untrusted || node === null) continue;
    for (const server of serversOf(world, node))
      if (!isRecorded(world, node, server))
        acted = cloudPeople(world.account, 'Dana').deleteServer(server.id) || acted;
  }
  return acted;
}

/** Whether its record contains the key that it was created with: then it is trusted without a person. */
function isRecorded({ remote }: World, node: string, { labels }: SimServer): boolean {
  const text = remote.text(statusBranch, `status/node/${node}.yaml`) ?? '';
  const [key] = /ssh-ed25519 [A-Za-z0-9+/=]+/.exec(text) ?? [];
  return key !== undefined && hostKeyId(key) === labels[hostKeyLabel];
}
