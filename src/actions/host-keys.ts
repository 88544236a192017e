import type { NodeName, Uid } from '../fleet/brand.ts';
import type { DesiredFleet } from '../fleet/desired.ts';
import { bareKey, hostKeyId, uidOf } from '../fleet/naming.ts';
import type { ObservedServer } from '../fleet/observed.ts';
import type { RecordedFleet } from '../fleet/recorded.ts';
import { resourceRef } from '../fleet/resource.ts';
import type { MachineAddress } from '../ports/machine.ts';
import type { Store } from '../ports/store.ts';

/** The user that cloud-init makes on acquired nodes. */
export const nodeUser = 'pressluft';

const keyLine = /^ssh-ed25519 [A-Za-z0-9+/=]{40,400}$/;

function storeKey(uid: Uid): string {
  return `host-key/${uid}`;
}

export function pinHostKey(store: Store, uid: Uid, publicKey: string): void {
  store.putValue(storeKey(uid), bareKey(publicKey));
}

export function forgetHostKey(store: Store, uid: Uid): void {
  store.putValue(storeKey(uid), null);
}

/** The pinned key of a node: from the store, or from the status branch when the store was lost. */
export function pinnedHostKey(
  store: Store,
  recorded: RecordedFleet,
  fleet: string,
  node: NodeName,
): string | null {
  const ref = resourceRef('Node', node);
  const own = store.getValue(storeKey(uidOf(fleet, ref)));
  const committed = recorded.status.get(ref)?.details.hostKey;
  const key = own ?? (typeof committed === 'string' ? committed : null);
  return key !== null && keyLine.test(key) ? key : null;
}

/**
 * A store from an old backup may pin the key of a server that is gone since. The status branch names the key of the present one, and the
 * provider says which key that was made with: where both agree, that key is pinned.
 */
export function pinRecordedKey(
  store: Store,
  recorded: RecordedFleet,
  fleet: string,
  node: NodeName,
  { hostKeyId: madeWith }: ObservedServer,
): void {
  const pinned = pinnedHostKey(store, recorded, fleet, node);
  const ref = resourceRef('Node', node);
  const committed = recorded.status.get(ref)?.details.hostKey;
  if (typeof committed !== 'string' || !keyLine.test(committed)) return;
  if (pinned === null || hostKeyId(pinned) === madeWith || hostKeyId(committed) !== madeWith) return;
  pinHostKey(store, uidOf(fleet, ref), committed);
}

/** How SSH reaches a node; null when no key is pinned, since an unknown key is never accepted. */
export function machineAddress(
  store: Store,
  recorded: RecordedFleet,
  desired: DesiredFleet,
  node: NodeName,
  ipv4: string,
): MachineAddress | null {
  const manifest = desired.nodes.get(node);
  if (manifest?.kind === 'static') {
    return {
      host: manifest.address,
      port: manifest.sshPort,
      user: manifest.sshUser,
      hostKeys: [manifest.hostKey],
    };
  }
  const hostKey = pinnedHostKey(store, recorded, desired.config.fleet, node);
  return hostKey === null ? null : { host: ipv4, port: 22, user: nodeUser, hostKeys: [hostKey] };
}
