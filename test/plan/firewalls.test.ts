import { expect, test } from 'vitest';
import { firewallDrift } from '../../src/fleet/firewall-drift.ts';
import { uidOf } from '../../src/fleet/naming.ts';
import type { ObservedServer } from '../../src/fleet/observed.ts';
import type { ObservedFirewall } from '../../src/fleet/provider-firewall.ts';
import { plan } from '../../src/plan/plan.ts';
import { convergedFleet, planInput } from '../support/apply-plan.ts';
import {
  blindNode,
  desiredFleet,
  hetznerProvider,
  observedFleet,
  observedProvider,
  observedServer,
  testFleet,
} from '../support/fleet-builders.ts';

const desired = desiredFleet({
  providers: [
    hetznerProvider('hetzner', {
      firewall: { sshFrom: ['198.51.100.0/24'], webFrom: ['0.0.0.0/0', '::/0'] },
    }),
  ],
});
const good: ObservedFirewall = {
  id: 3,
  name: `${testFleet}-hetzner`,
  uid: uidOf(testFleet, 'provider/hetzner' as never),
  rules: [
    'in tcp 22 from 198.51.100.0/24',
    'in tcp 443 from 0.0.0.0/0, ::/0',
    'in tcp 80 from 0.0.0.0/0, ::/0',
  ],
  servers: [42],
};

/** Planned actions with this firewall at the provider, and these at the server. */
function planned(
  firewalls: readonly ObservedFirewall[] | undefined,
  server: Partial<ObservedServer> = { firewalls: [3] },
  isReachable = true,
) {
  const converged = convergedFleet(desired);
  const [node] = converged.nodes.values();
  if (node === undefined) throw new Error('no node');
  const seen = {
    ...(isReachable ? node : blindNode('web-1', 'unreachable')),
    server: observedServer('web-1', server),
  };
  const provider = observedProvider('hetzner', firewalls === undefined ? {} : { firewalls });
  const manifest = desired.nodes.get(seen.name);
  if (manifest === undefined) throw new Error('no manifest');
  const drifted = { ...seen, firewall: firewallDrift(desired, manifest, provider, seen) };
  return plan(planInput({ desired, observed: observedFleet([drifted], [provider]) })).actions;
}

test('a firewall as described is no change', () => {
  expect(planned([good])).toEqual([]);
  expect(planned([{ ...good, servers: [] }])).toEqual([]);
  expect(planned([{ ...good, rules: good.rules.toReversed() }])).toEqual([]);
});

test.each<[string, Partial<ObservedFirewall>]>([
  ['a rule was opened', { rules: ['in tcp 22 from 0.0.0.0/0, ::/0', ...good.rules.slice(1)] }],
  ['a rule was added', { rules: [...good.rules, 'in tcp 3306 from 0.0.0.0/0'] }],
  ['a rule for outgoing traffic was added', { rules: [...good.rules, 'out tcp 25 to 0.0.0.0/0'] }],
  ['all rules were removed', { rules: [] }],
])('%s: it is set as described, with before and after', (_, change) => {
  expect(planned([{ ...good, ...change }])).toMatchObject([
    {
      id: 'node.firewall:web-1',
      reason: 'Drifted',
      changes: [{ field: 'firewall.rules', before: change.rules, after: good.rules }],
    },
  ]);
});

test('a firewall that was taken off a server, or deleted, is put back', () => {
  expect(planned([{ ...good, servers: [] }], { firewalls: [] })).toMatchObject([
    { changes: [{ field: 'firewall.attached', before: false, after: true }] },
  ]);
  // Another one is no replacement.
  expect(planned([{ ...good, servers: [7] }], { firewalls: [9] })).toMatchObject([
    { changes: [{ field: 'firewall.attached' }] },
  ]);
  expect(planned([], { firewalls: [] })).toMatchObject([
    { changes: [{ field: 'firewall', before: null, after: good.name }] },
  ]);
  expect(planned([{ ...good, uid: null }], { firewalls: [] })).toMatchObject([
    { changes: [{ field: 'firewall' }] },
  ]);
});

test('a closed firewall is opened again although the node cannot be reached', () => {
  expect(planned([{ ...good, rules: [] }], { firewalls: [3] }, false)).toMatchObject([
    { id: 'node.firewall:web-1' },
  ]);
});

test('what is not known, or not listed yet, is no drift', () => {
  expect(planned(undefined)).toEqual([]);
  expect(planned([good], {})).toEqual([]);
  expect(planned([], { firewalls: [3] })).toEqual([]);
});
