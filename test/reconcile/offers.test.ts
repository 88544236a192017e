import { beforeEach, expect, test } from 'vitest';
import type { DesiredFleet } from '../../src/fleet/desired.ts';
import { errors } from '../../src/fleet/error-catalogue.ts';
import { PressluftError } from '../../src/fleet/errors.ts';
import type { ServerType } from '../../src/fleet/observed.ts';
import type { Deps } from '../../src/ports/index.ts';
import { observeProviders } from '../../src/reconcile/observe-providers.ts';
import type { OfferMemory } from '../../src/reconcile/offers.ts';
import { desiredFleet, hetznerProvider } from '../support/fleet-builders.ts';
import { memoryLog } from '../support/memory-log.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

const hourMs = 3_600_000;
const cx23: ServerType = {
  name: 'cx23',
  cores: 2,
  memoryMib: 4096,
  diskGib: 40,
  architecture: 'x86',
  locations: [{ location: 'fsn1', available: true, unavailableAfter: null }],
};
const desired = desiredFleet();
const [provider] = desired.providers.keys();

let clock: VirtualClock;
let calls: string[];
let offers: OfferMemory;
let answer: (signal: AbortSignal) => Promise<readonly ServerType[]>;
let deps: Deps;
beforeEach(() => {
  [clock, calls, offers] = [new VirtualClock({ autoAdvanceUpToMs: 10_000 }), [], new Map()];
  answer = async () => [cx23];
  deps = {
    clock,
    log: memoryLog(),
    secrets: { resolve: async () => 'secret', redact: (text: string) => text },
    cloud: async () => ({
      listServers: async () => {
        calls.push('servers');
        return [];
      },
      listFirewalls: async () => [],
      listServerTypes: (signal: AbortSignal) => {
        calls.push('types');
        return answer(signal);
      },
    }),
  } as unknown as Deps;
});

async function look(fleet: DesiredFleet = desired, memory: OfferMemory | null = offers) {
  const seen = await observeProviders(deps, fleet, new AbortController().signal, memory);
  return provider === undefined ? undefined : seen.get(provider);
}

test('the server types of a provider are requested once an hour, and every observation has them', async () => {
  expect((await look())?.serverTypes).toEqual([cx23]);
  for (let passes = 0; passes < 5; passes++) expect((await look())?.serverTypes).toEqual([cx23]);
  expect(calls.filter((call) => call === 'types')).toHaveLength(1);
  expect(calls.filter((call) => call === 'servers')).toHaveLength(6);
  await clock.advance(hourMs);
  answer = async () => [];
  expect((await look())?.serverTypes).toEqual([]);
  expect(calls.filter((call) => call === 'types')).toHaveLength(2);
});

test('a provider that does not return its server types is still connected, and is not asked again for an hour', async () => {
  answer = () =>
    Promise.reject(new PressluftError(errors.providerReplyInvalid, 'GET /server_types: expected a list'));
  for (let passes = 0; passes < 3; passes++)
    expect(await look()).toMatchObject({ state: 'connected', serverTypes: null });
  expect(calls.filter((call) => call === 'types')).toHaveLength(1);
});

test('a missing answer delays a pass by ten seconds, once', async () => {
  answer = (signal) =>
    new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));
  const started = clock.monotonic();
  expect(await look()).toMatchObject({ state: 'connected', serverTypes: null });
  expect(clock.monotonic() - started).toBe(10_000);
  await look();
  expect(clock.monotonic() - started).toBe(10_000);
});

test('another endpoint under the same name is another provider, and a provider that is gone is forgotten', async () => {
  await look();
  const elsewhere = hetznerProvider('hetzner', { endpoint: 'https://cloud.example/v1' });
  await look(desiredFleet({ providers: [elsewhere] }));
  expect(calls.filter((call) => call === 'types')).toHaveLength(2);
  await look(desiredFleet({ providers: [] }));
  expect(offers.size).toBe(0);
});

test('without a cache there is no request', async () => {
  expect((await look(desired, null))?.serverTypes).toBeNull();
  expect(calls).toEqual(['servers']);
});
