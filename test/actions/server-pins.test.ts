import { expect, test } from 'vitest';
import { pinHostKey } from '../../src/actions/host-keys.ts';
import {
  forgetServer,
  pinnedServerId,
  pinServer,
  settlePinnedServers,
  withPinnedServers,
} from '../../src/actions/server-pins.ts';
import type { NodeName, ProviderName } from '../../src/fleet/brand.ts';
import { hostKeyId, hostKeyLabel, uidOf } from '../../src/fleet/naming.ts';
import type { IdentityFinding, ObservedServer } from '../../src/fleet/observed.ts';
import type { RecordedFleet } from '../../src/fleet/recorded.ts';
import type { Store } from '../../src/ports/store.ts';
import { nodeObservations } from '../../src/reconcile/node-observations.ts';
import {
  desiredFleet,
  hetznerNode,
  nodeRef,
  observedFleet,
  observedNode,
  observedProvider,
  observedServer,
  recordedFleet,
  statusDocument,
  testFleet,
} from '../support/fleet-builders.ts';

const provider = 'hetzner' as ProviderName;
const ref = nodeRef('web-1');
const uid = uidOf(testFleet, ref);
const hostKey = `ssh-ed25519 ${'B'.repeat(68)}`;
const desired = desiredFleet({ nodes: [hetznerNode('web-1')] });
const unlabelled = observedServer('web-1', { id: 7, name: 'prod-3', uid: null, resource: null, labels: {} });

function memoryStore(): Store & { readonly writes: () => number } {
  const values = new Map<string, string>();
  let writes = 0;
  const store = {
    getValue: (key: string) => values.get(key) ?? null,
    putValue: (key: string, value: string | null) => {
      writes++;
      if (value === null) values.delete(key);
      else values.set(key, value);
    },
    writes: () => writes,
  };
  return store as unknown as ReturnType<typeof memoryStore>;
}

/** A store that knows server 7 of web-1. */
function knowing(id = 7) {
  const store = memoryStore();
  pinHostKey(store, uid, hostKey);
  pinServer(store, uid, { provider, id });
  return store;
}

const observationOf = (
  store: Store,
  recorded: RecordedFleet,
  found: { servers?: readonly ObservedServer[]; unlabelled?: readonly ObservedServer[] },
) => {
  const providers = new Map([[provider, observedProvider('hetzner', found)]]);
  return nodeObservations(desired, withPinnedServers(store, desired, recorded), providers)[0];
};

test.each([
  ['nothing', recordedFleet()],
  ['an earlier server', recordedFleet([statusDocument(ref, { provider, details: { server: { id: 5 } } })])],
])('a created server without name and labels is found while the record says %s', (_, recorded) => {
  const found = observationOf(knowing(), recorded, { unlabelled: [unlabelled] });
  expect(found).toMatchObject({ server: { id: 7 }, identity: { reason: 'ServerUnlabelled' } });
  expect(found?.identity?.nextStep).toContain(`${hostKeyLabel}=${hostKeyId(hostKey)}`);
});

test('a server with the labels of a node beside the pinned one is a finding', () => {
  const found = observationOf(knowing(), recordedFleet(), {
    servers: [observedServer('web-1', { id: 8 })],
    unlabelled: [unlabelled],
  });
  expect(found?.identity).toMatchObject({ reason: 'ServerAmbiguous' });
  const both = [unlabelled, { ...unlabelled, id: 5, name: 'other' }];
  const recorded = recordedFleet([statusDocument(ref, { provider, details: { server: { id: 5 } } })]);
  expect(observationOf(knowing(), recorded, { unlabelled: both })?.identity).toMatchObject({
    reason: 'ServerAmbiguous',
  });
});

test('a pinned server that is gone without data is created again; a newer one with the labels is the server', () => {
  expect(observationOf(knowing(), recordedFleet(), {})).toMatchObject({ server: null, identity: null });
  const servers = [observedServer('web-1', { id: 8 })];
  expect(observationOf(knowing(), recordedFleet(), { servers })).toMatchObject({
    server: { id: 8 },
    identity: null,
  });
});

test('the loss of a pinned server is not the loss of the recorded one: an approval counts for one of them', () => {
  const recorded = recordedFleet([
    statusDocument(ref, {
      provider,
      protected: true,
      appliedDigest: 'sha256:1' as never,
      details: { server: { id: 5 } },
    }),
  ]);
  const lossOf = (store: Store) => observationOf(store, recorded, {})?.identity;
  expect(lossOf(knowing(7))).toMatchObject({ reason: 'ServerGone', before: '7' });
  expect(lossOf(memoryStore())).toMatchObject({ reason: 'ServerGone', before: '5' });
});

test('observed servers are pinned, once; those with a finding are not', () => {
  const store = memoryStore();
  const server = observedServer('web-1', { id: 9 });
  const providers = [observedProvider('hetzner', { servers: [server] })];
  const settle = (identity: IdentityFinding | null) => {
    const node = { ...observedNode('web-1', { server }), identity };
    settlePinnedServers(store, desired, observedFleet([node], providers), recordedFleet());
  };
  settle({ reason: 'ServerRenamed', message: '', nextStep: '', before: null, after: null });
  expect(pinnedServerId(store, uid, provider)).toBeNull();
  settle(null);
  settle(null);
  expect(pinnedServerId(store, uid, provider)).toBe(9);
  expect(store.writes()).toBe(1);
});

test('the server of a node that is neither desired nor recorded is forgotten, unless a manifest is broken', () => {
  const settle = (parts: Parameters<typeof desiredFleet>[0], recorded: RecordedFleet) => {
    const store = knowing();
    const fleet = desiredFleet({ nodes: [], ...parts });
    settlePinnedServers(store, fleet, observedFleet([]), recorded);
    return pinnedServerId(store, uid, provider);
  };
  expect(settle({}, recordedFleet())).toBeNull();
  expect(settle({}, recordedFleet([statusDocument(ref)]))).toBe(7);
  expect(settle({ brokenFiles: ['web-1.yaml'] }, recordedFleet())).toBe(7);
  expect(settle({ nodes: [hetznerNode('web-1')] }, recordedFleet())).toBe(7);
});

test('a pin counts for its provider only, and is forgotten on demand', () => {
  const store = knowing();
  expect(pinnedServerId(store, uid, 'other' as ProviderName)).toBeNull();
  forgetServer(store, uid);
  expect(pinnedServerId(store, uid, provider)).toBeNull();
  expect(withPinnedServers(store, desired, recordedFleet()).servers).toBeUndefined();
});

test('a value of the store that cannot be read pins nothing', () => {
  for (const value of ['', '[', '[]', '{"a":1}', `{"${uid}":{"provider":"hetzner","id":"7"}}`]) {
    const store = memoryStore();
    store.putValue('servers', value);
    expect(pinnedServerId(store, uid, provider)).toBeNull();
  }
});

test('a removed node with a pinned server and a record is observed under any name', () => {
  const store = knowing();
  const gone = desiredFleet({ nodes: [] });
  const recorded = recordedFleet([statusDocument(ref)]);
  const providers = new Map([[provider, observedProvider('hetzner', { unlabelled: [unlabelled] })]]);
  const [found] = nodeObservations(gone, withPinnedServers(store, gone, recorded), providers);
  expect(found).toMatchObject({ name: 'web-1' as NodeName, identity: { reason: 'ServerUnlabelled' } });
  // Deleting the record gives the server up.
  expect(nodeObservations(gone, withPinnedServers(store, gone, recordedFleet()), providers)).toEqual([]);
});
