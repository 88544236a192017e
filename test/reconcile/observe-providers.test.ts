import { expect, test } from 'vitest';
import type { ProviderName } from '../../src/fleet/brand.ts';
import { fleetLabel } from '../../src/fleet/naming.ts';
import type { ObservedServer } from '../../src/fleet/observed.ts';
import type { RecordedFleet } from '../../src/fleet/recorded.ts';
import type { Deps } from '../../src/ports/index.ts';
import { observeProviders } from '../../src/reconcile/observe-providers.ts';
import {
  desiredFleet,
  hetznerProvider,
  nodeRef,
  observedServer,
  recordedFleet,
  statusDocument,
  testFleet,
} from '../support/fleet-builders.ts';
import { memoryLog } from '../support/memory-log.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

const [one, two] = [observedServer('web-1', { id: 7 }), observedServer('web-2', { id: 8 })];
const provider = hetznerProvider();
const desired = desiredFleet({ providers: [provider] });
const recordOf = (node: string, id: unknown) =>
  statusDocument(nodeRef(node), { provider: provider.name, details: { server: { id } } });

/** Observation of a provider that lists one server unless said otherwise, and returns others by id. */
async function seen(
  known: readonly ObservedServer[],
  labels: Record<string, string> = { [fleetLabel]: testFleet },
  pinned: RecordedFleet['servers'] = new Map(),
  listed: readonly ObservedServer[] = [one],
) {
  const asked: number[] = [];
  const deps = {
    clock: new VirtualClock(),
    log: memoryLog(),
    secrets: { redact: (text: string) => text },
    cloud: async () => ({
      listServers: async () => listed,
      listFirewalls: async () => [],
      getServer: async (id: number) => {
        asked.push(id);
        const server = known.find((candidate) => candidate.id === id);
        return server === undefined ? null : { ...server, labels };
      },
    }),
  } as unknown as Deps;
  const documents = [recordOf('web-1', 7), recordOf('web-2', 8), recordOf('web-3', 'x')];
  const recorded = { ...recordedFleet(documents), servers: pinned };
  const observed = await observeProviders(deps, desired, new AbortController().signal, null, recorded);
  const { servers, unlabelled } = observed.get(provider.name) ?? {};
  return {
    asked,
    names: servers?.map(({ name }) => name),
    unlabelled: unlabelled?.map(({ name }) => name),
  };
}

test('a recorded server that the list omits is looked up by its id', async () => {
  expect(await seen([two])).toEqual({ asked: [8], names: [one.name, two.name], unlabelled: [] });
});

test('a deleted server is absent, and a recorded server without the label of the fleet is kept apart', async () => {
  expect(await seen([])).toEqual({ asked: [8], names: [one.name], unlabelled: [] });
  expect(await seen([two], { [fleetLabel]: 'others' })).toMatchObject({
    names: [one.name],
    unlabelled: [two.name],
  });
  expect(await seen([two], {})).toMatchObject({ names: [one.name], unlabelled: [two.name] });
});

test('of several servers with the labels of one node, those that a list still shows after their deletion are absent', async () => {
  const deleted = { ...one, id: 6, name: 'deleted' };
  expect(await seen([one, two], undefined, undefined, [deleted, one])).toMatchObject({
    asked: [6, 7, 8],
    names: [one.name, two.name],
  });
});

test('pinned servers of the provider are looked up as well, each once', async () => {
  const server = (id: number, at = provider.name) => ({ provider: at, id, hostKey: null });
  const servers = new Map([
    [nodeRef('web-1'), server(7)],
    [nodeRef('web-2'), server(8)],
    [nodeRef('web-3'), server(9)],
    [nodeRef('web-4'), server(10, 'other' as ProviderName)],
  ]);
  const third = observedServer('web-3', { id: 9, name: 'prod-3' });
  expect(await seen([two, third], {}, servers)).toEqual({
    asked: [8, 9],
    names: [one.name],
    unlabelled: [two.name, third.name],
  });
});
