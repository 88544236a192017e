import { expect, test } from 'vitest';
import { forgetInterrupted, rememberInterrupted, withInterrupted } from '../../src/actions/interrupted.ts';
import type { NodeName } from '../../src/fleet/brand.ts';
import type { Store } from '../../src/ports/store.ts';
import { convergedFleet } from '../support/apply-plan.ts';
import {
  blindNode,
  desiredEnvironment,
  desiredFleet,
  digest,
  hetznerNode,
  observedFleet,
  recordedFleet,
  statusDocument,
} from '../support/fleet-builders.ts';

const acme = desiredEnvironment('acme');
const desired = desiredFleet({ nodes: [hetznerNode('web-1')], environments: [acme] });
const unreachable = observedFleet([blindNode('web-1', 'unreachable')]);
const nothing = recordedFleet([]);

function memoryStore() {
  const values = new Map<string, string | null>();
  const writes: string[] = [];
  const store = {
    getValue: (key: string) => values.get(key) ?? null,
    putValue: (key: string, value: string | null) => {
      writes.push(key);
      values.set(key, value);
    },
  } as unknown as Store;
  return { store, writes };
}

test('the node of a started create is stored until the environment is deleted, and written once', () => {
  const { store, writes } = memoryStore();
  expect(withInterrupted(store, desired, unreachable, nothing)).toBe(nothing);
  rememberInterrupted(store, acme.uid, 'web-2' as NodeName);
  rememberInterrupted(store, acme.uid, 'web-2' as NodeName);
  expect(writes).toHaveLength(1);
  expect(withInterrupted(store, desired, unreachable, nothing).interrupted).toEqual(
    new Map([[acme.ref, 'web-2']]),
  );
  forgetInterrupted(store, acme.uid);
  expect(withInterrupted(store, desired, unreachable, nothing)).toBe(nothing);
});

test('an observed or recorded environment is not interrupted', () => {
  const { store } = memoryStore();
  rememberInterrupted(store, acme.uid, 'web-2' as NodeName);
  expect(withInterrupted(store, desired, convergedFleet(desired), nothing)).toBe(nothing);
  const applied = recordedFleet([statusDocument(acme.ref, { node: 'web-1', appliedDigest: digest('x') })]);
  expect(withInterrupted(store, desired, unreachable, applied)).toBe(applied);
});

test('if another node reports the site as well, the node of its create is known', () => {
  const { store } = memoryStore();
  rememberInterrupted(store, acme.uid, 'web-2' as NodeName);
  const seen = convergedFleet(desired);
  const [first] = seen.nodes.values();
  if (first === undefined) throw new Error('the fleet has no node');
  const second = { ...first, name: 'web-2' as NodeName };
  const both = { ...seen, nodes: new Map([...seen.nodes, [second.name, second]]) };
  expect(withInterrupted(store, desired, both, nothing).interrupted).toEqual(new Map([[acme.ref, 'web-2']]));
});
