import { expect, test } from 'vitest';
import type { ObservedProvider } from '../../src/fleet/observed.ts';
import type { Intent, Store } from '../../src/ports/store.ts';
import { settleIntents } from '../../src/reconcile/settle-intents.ts';
import {
  type DesiredParts,
  desiredFleet,
  hetznerNode,
  nodeRef,
  observedFleet,
  observedProvider,
  observedServer,
} from '../support/fleet-builders.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

/** The remaining intent to create web-9, of which nothing else is known. */
function left(
  parts: DesiredParts,
  provider: Partial<ObservedProvider> = {},
  ageMs = 2 * 3_600_000,
): readonly string[] {
  const intents: Intent[] = [
    { id: 'node.create:web-9', resource: nodeRef('web-9'), kind: 'node.create', data: {}, createdAt: 1 },
  ];
  const store = {
    intents: () => intents,
    deleteIntent: (id: string) =>
      void intents.splice(
        intents.findIndex((intent) => intent.id === id),
        1,
      ),
  } as unknown as Store;
  const clock = new VirtualClock({ startMs: 1 + ageMs });
  settleIntents(
    { store, clock },
    desiredFleet(parts),
    observedFleet([], [observedProvider('hetzner', provider)]),
  );
  return intents.map(({ id }) => id);
}

test('an intent is deleted when its node has no manifest any more and has no server', () => {
  expect(left({})).toEqual([]);
});

test('an intent stays for an hour, since lists can be outdated', () => {
  expect(left({}, {}, 60_000)).toEqual(['node.create:web-9']);
});

test('an intent stays as long as its node has a manifest', () => {
  expect(left({ nodes: [hetznerNode('web-9')] })).toEqual(['node.create:web-9']);
});

test('an intent stays while its server exists, or may exist', () => {
  expect(left({}, { servers: [observedServer('web-9')] })).toEqual(['node.create:web-9']);
  expect(left({}, { state: 'degraded' })).toEqual(['node.create:web-9']);
  expect(left({ brokenFiles: ['nodes/web-9.yaml'] })).toEqual(['node.create:web-9']);
  expect(left({ providers: [] })).toEqual(['node.create:web-9']);
});
