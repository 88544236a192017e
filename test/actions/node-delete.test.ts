import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { pinnedServerId, pinServer } from '../../src/actions/server-pins.ts';
import { openStore } from '../../src/adapters/sqlite/store.ts';
import type { ProviderName } from '../../src/fleet/brand.ts';
import type { DesiredNode } from '../../src/fleet/desired.ts';
import { ownerLabels, uidOf } from '../../src/fleet/naming.ts';
import type { ActionResult } from '../../src/fleet/run.ts';
import type { Cloud, CloudServer } from '../../src/ports/cloud.ts';
import type { Deps } from '../../src/ports/index.ts';
import type { Store } from '../../src/ports/store.ts';
import { act } from '../../src/reconcile/act.ts';
import { action, planOf } from '../reconcile/actions.ts';
import {
  commitSha,
  desiredFleet,
  hetznerNode,
  hetznerProvider,
  nodeRef,
  observedFleet,
  observedServer,
  recordedFleet,
  statusDocument,
  testFleet,
} from '../support/fleet-builders.ts';
import { memoryLog } from '../support/memory-log.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

const ref = nodeRef('web-1');
const labels = ownerLabels(testFleet, ref, uidOf(testFleet, ref));
let directory: string;
let store: Store;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pressluft-delete-'));
  store = openStore(join(directory, 'store.sqlite'), { log: memoryLog() });
});
afterEach(async () => {
  store.close();
  await rm(directory, { recursive: true });
});

/** Deletes node web-1, recorded as server 7, at a provider with these servers. Returns the result and what was deleted. */
async function deleteNode(
  servers: readonly Partial<CloudServer>[],
  nodes: readonly DesiredNode[] = [],
  refusal?: Error,
) {
  const known = new Map(
    servers.map((server) => {
      const full = { ...observedServer('web-1', { id: 7 }), labels, ...server };
      return [full.id, full as CloudServer];
    }),
  );
  const deleted: string[] = [];
  const cloud: Partial<Cloud> = {
    getServer: async (id) => known.get(id) ?? null,
    findServer: async (name) => [...known.values()].find((server) => server.name === name) ?? null,
    listServers: async () => [...known.values()],
    deleteServer: async (id) => {
      deleted.push(`server ${id}`);
      known.delete(id);
      return [];
    },
    deleteFirewall: async (name) => {
      if (refusal !== undefined) throw refusal;
      deleted.push(`firewall ${name}`);
    },
    deleteKey: async (name) => void deleted.push(`key ${name}`),
    waitForActions: async () => undefined,
  };
  const log = memoryLog();
  const deps = {
    clock: new VirtualClock(),
    random: seededRandom(1),
    store,
    log,
    secrets: { redact: (text: string) => text },
    cloud: async () => cloud,
  } as unknown as Deps;
  const provider = hetznerProvider('hetzner', { sshKeys: { ada: 'ssh-ed25519 AAAA' } });
  const recorded = recordedFleet([
    statusDocument(ref, { provider: 'hetzner', details: { server: { id: 7, name: 'demo-web-1' } } }),
  ]);
  const told: ActionResult[] = [];
  const { signal } = new AbortController();
  await act(
    deps,
    {
      desired: desiredFleet({ providers: [provider], nodes }),
      observed: observedFleet([]),
      recorded,
      contentVersion: 'content-1',
    },
    planOf(action('node.delete', 'web-1')),
    {
      pass: 'p1',
      tip: commitSha('1'),
      signal,
      waitSignal: signal,
      onProgress: (event) => event.kind === 'action-finished' && told.push(event.result),
    },
  );
  return { outcome: told[0]?.outcome, message: told[0]?.error?.message ?? '', deleted, log };
}

const shared = ['firewall demo-hetzner', 'key demo-pressluft', 'key ada'];

test('the recorded server is deleted under any name, and what its nodes shared with it', async () => {
  expect(await deleteNode([{ name: 'shop' }])).toMatchObject({
    outcome: 'succeeded',
    deleted: ['server 7', ...shared],
  });
});

test('the server that the controller created is deleted although the record names an earlier one, and is forgotten', async () => {
  const uid = uidOf(testFleet, ref);
  const hetzner = 'hetzner' as ProviderName;
  pinServer(store, uid, { provider: hetzner, id: 9 });
  expect(await deleteNode([{ id: 9, name: 'shop' }])).toMatchObject({ deleted: ['server 9', ...shared] });
  expect(pinnedServerId(store, uid, hetzner)).toBeNull();
});

test('a server that lost its labels is not deleted', async () => {
  const { outcome, message, deleted } = await deleteNode([{ labels: {} }]);
  expect({ outcome, deleted }).toEqual({ outcome: 'failed', deleted: [] });
  expect(message).toContain('does not carry the labels');
});

test('a server that is gone already counts as deleted', async () => {
  expect(await deleteNode([])).toMatchObject({ outcome: 'succeeded', deleted: shared });
});

test('firewall and keys are kept while a node needs them', async () => {
  expect((await deleteNode([{}], [hetznerNode('web-2')])).deleted).toEqual(['server 7']);
  const other = nodeRef('web-2');
  const left = { id: 8, name: 'demo-web-2', uid: uidOf(testFleet, other) };
  expect((await deleteNode([{}, left])).deleted).toEqual(['server 7']);
});

test('an unexpected error of cleaning up is one of the action', async () => {
  expect(await deleteNode([{}], [], new Error('no answer'))).toMatchObject({ outcome: 'failed' });
});
