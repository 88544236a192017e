import { expect, test } from 'vitest';
import { pinHostKey, pinnedHostKey, pinRecordedKey } from '../../src/actions/host-keys.ts';
import type { NodeName } from '../../src/fleet/brand.ts';
import { hostKeyId, uidOf } from '../../src/fleet/naming.ts';
import type { Store } from '../../src/ports/store.ts';
import {
  nodeRef,
  observedServer,
  recordedFleet,
  statusDocument,
  testFleet,
} from '../support/fleet-builders.ts';

const keyOf = (letter: string) => `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA${letter.repeat(44)}`;
const [old, present, other] = ['A', 'B', 'C'].map(keyOf) as [string, string, string];
const node = 'web-1' as NodeName;

/** The trusted key after observing a server that was created with `madeWith`. */
function trusted(pinned: string | null, committed: string, madeWith: string): string | null {
  const values = new Map<string, string>();
  const store = {
    getValue: (key: string) => values.get(key) ?? null,
    putValue: (key: string, value: string) => void values.set(key, value),
  } as unknown as Store;
  if (pinned !== null) pinHostKey(store, uidOf(testFleet, nodeRef(node)), pinned);
  const recorded = recordedFleet([statusDocument(nodeRef(node), { details: { hostKey: committed } })]);
  pinRecordedKey(store, recorded, testFleet, node, observedServer(node, { hostKeyId: hostKeyId(madeWith) }));
  return pinnedHostKey(store, recorded, testFleet, node);
}

test('a store from an old backup uses the recorded key if the provider reports that the server was created with it', () => {
  expect(trusted(old, present, present)).toBe(present);
});

test('a record alone replaces no pinned key, nor does a label alone', () => {
  expect(trusted(old, other, present)).toBe(old);
  expect(trusted(old, other, old)).toBe(old);
  expect(trusted(present, old, present)).toBe(present);
});

test('without a pinned key the recorded one is used, whatever the label', () => {
  expect(trusted(null, present, other)).toBe(present);
});
