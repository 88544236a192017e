import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStore } from '../../src/adapters/sqlite/store.ts';
import type { DesiredCloudProvider, DesiredFleet } from '../../src/fleet/desired.ts';
import type { ObservedFleet } from '../../src/fleet/observed.ts';
import { endpointFor } from '../../src/main/endpoint.ts';
import { openProviders, type ProviderRegistry, providers } from '../../src/main/providers.ts';
import { plan } from '../../src/plan/plan.ts';
import type { Deps } from '../../src/ports/index.ts';
import type { Store } from '../../src/ports/store.ts';
import { execute } from '../../src/reconcile/execute.ts';
import { observe } from '../../src/reconcile/observe.ts';
import { planInput } from '../support/apply-plan.ts';
import {
  commitSha,
  desiredFleet,
  hetznerNode,
  hetznerProvider,
  nodeRef,
  recordedFleet,
  statusDocument,
  testFleet,
} from '../support/fleet-builders.ts';
import { memoryLog } from '../support/memory-log.ts';
import { memoryProvider } from '../support/memory-provider.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { simulatedNodes } from '../support/simulated-nodes.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

let dir: string;
let store: Store & { close(): void };
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'pressluft-provider-'));
  store = openStore(join(dir, 'store.sqlite'), { log: memoryLog() });
});
afterAll(async () => {
  store.close();
  await rm(dir, { recursive: true, force: true });
});

const memory = memoryProvider();
/** What a provider adds to the program: one entry. */
const registry: ProviderRegistry = {
  ...providers,
  memory: { endpoint: 'https://api.memory.example/v1', adapter: memory.adapter },
};
const provider = hetznerProvider('second', { type: 'memory', endpoint: 'https://api.memory.example/v1' });
const node = hetznerNode('web-1', { provider: provider.name, serverType: 'm1', location: 'moon' });
const described = desiredFleet({ providers: [provider], nodes: [node] });
const undescribed = desiredFleet({ commit: commitSha('2'), providers: [provider], nodes: [] });

const recorded = recordedFleet([statusDocument(nodeRef('web-1'), { provider: provider.name })]);
const { signal } = new AbortController();

function newDeps(): Deps {
  const [clock, log, nodes] = [new VirtualClock(), memoryLog(), simulatedNodes()];
  const random = seededRandom(1);
  const accountsOf = openProviders(registry, { clock, random, log });
  const settings = { providerEndpoints: new Map<string, string>(), allowedEndpoints: [] };
  return {
    clock,
    random,
    log,
    store,
    machines: {
      ...nodes.machines,
      generateHostKey: async () => ({ publicKey: `ssh-ed25519 ${'A'.repeat(68)}`, privateKey: 'none' }),
    },
    ansible: nodes.ansible,
    secrets: { resolve: async () => 'token', redact: (text: string) => text },
    cloud: async (desired: DesiredCloudProvider) =>
      (await accountsOf(desired.type))(endpointFor(registry, desired, settings), 'token'),
  } as unknown as Deps;
}

async function reconcile(deps: Deps, desired: DesiredFleet): Promise<readonly string[]> {
  const observed = await observe(deps, desired, recorded, signal);
  const work = plan(planInput({ desired, observed, recorded }));
  const context = {
    deps,
    desired,
    recorded,
    signal,
    waitSignal: signal,
    ...addresses(observed),
    report: () => undefined,
    once: <T>(_: string, run: () => Promise<T>) => run(),
  };
  const { results } = await execute(context, work, 1, {
    started: () => undefined,
    finished: () => undefined,
  });
  return results.map(({ kind, resource, outcome, error }) =>
    [kind, resource, outcome, ...(error === undefined ? [] : [error.message])].join(' '),
  );
}

function addresses(observed: ObservedFleet) {
  const known = new Map([...observed.nodes].map(([name, { ipv4 }]) => [name, ipv4]));
  return {
    addressOf: (name: string) => known.get(name as typeof node.name) ?? null,
    learnAddress: (name: string, ipv4: string) => void known.set(name as typeof node.name, ipv4),
  };
}

test('a provider of another type acquires a node, and gives it back, without a word about it in the core', async () => {
  const deps = newDeps();
  expect(await reconcile(deps, described)).toEqual([
    'node.create node/web-1 succeeded',
    'node.provision node/web-1 succeeded',
  ]);
  const server = memory.servers.get(`${testFleet}-web-1`);
  expect(server).toMatchObject({ serverType: 'm1', location: 'moon', uid: node.uid });
  expect(new Set(memory.accounts)).toEqual(new Set(['token to https://api.memory.example/v1']));

  // It is found again by what was written on it, so nothing is created twice.
  expect(await reconcile(deps, described)).toEqual([]);
  expect(memory.servers.size).toBe(1);

  expect(await reconcile(deps, undescribed)).toEqual(['node.delete node/web-1 succeeded']);
  expect(memory.servers.size).toBe(0);
});

test('its token goes to its own API, and not to that of another type', () => {
  const settings = { providerEndpoints: new Map<string, string>(), allowedEndpoints: [] };
  const own = 'https://api.memory.example/v1';
  expect(endpointFor(registry, provider, settings)).toBe(own);
  expect(() => endpointFor(registry, { type: 'hetzner', endpoint: own }, settings)).toThrow(
    'this controller does not send tokens to the endpoint',
  );
});

test('a type without an adapter is reported by name', () => {
  expect(() => openProviders(providers, newDeps())('memory')).toThrow(
    'no adapter for the provider type memory',
  );
});
