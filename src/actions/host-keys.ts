import type { NodeName, Uid } from '../fleet/brand.ts';
import type { DesiredFleet } from '../fleet/desired.ts';
import { bareKey, hostKeyId, uidOf } from '../fleet/naming.ts';
import type { ObservedServer } from '../fleet/observed.ts';
import type { RecordedFleet } from '../fleet/recorded.ts';
import { resourceRef } from '../fleet/resource.ts';
import type { MachineAddress } from '../ports/machine.ts';
import type { Store } from '../ports/store.ts';

/** The user that cloud-init creates on acquired nodes. */
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
 * The host key of an existing server. A store from an old backup may pin the key of a deleted server: if the status branch names another
 * key, and the provider reports that the server was created with it, that key is used.
 */
export function keyOfServer(
  store: Store,
  recorded: RecordedFleet,
  fleet: string,
  node: NodeName,
  madeWith: string | undefined,
): string | null {
  const pinned = pinnedHostKey(store, recorded, fleet, node);
  const committed = recorded.status.get(resourceRef('Node', node))?.details.hostKey;
  if (pinned === null || typeof committed !== 'string' || !keyLine.test(committed)) return pinned;
  return hostKeyId(pinned) !== madeWith && hostKeyId(committed) === madeWith ? committed : pinned;
}

/** Pins the key from {@link keyOfServer}. */
export function pinRecordedKey(
  store: Store,
  recorded: RecordedFleet,
  fleet: string,
  node: NodeName,
  { hostKeyId: madeWith }: ObservedServer,
): void {
  const pinned = pinnedHostKey(store, recorded, fleet, node);
  const key = keyOfServer(store, recorded, fleet, node, madeWith);
  if (key !== null && key !== pinned) pinHostKey(store, uidOf(fleet, resourceRef('Node', node)), key);
}

/** How SSH reaches a node; null when no key is pinned, since an unknown key is never accepted. */
export function machineAddress(
  store: Store,
  recorded: RecordedFleet,
  desired: DesiredFleet,
  node: NodeName,
  ipv4: string,
  madeWith?: string,
): MachineAddress | null {
  const manifest = desired.nodes.get(node);
  if (manifest?.kind === 'existing') {
    return {
      host: manifest.address,
      port: manifest.sshPort,
      user: manifest.sshUser,
      hostKeys: [manifest.hostKey],
    };
  }
  const hostKey = keyOfServer(store, recorded, desired.config.fleet, node, madeWith);
  return hostKey === null ? null : { host: ipv4, port: 22, user: nodeUser, hostKeys: [hostKey] };
}
