import { describe, expect, test } from 'vitest';
import type { ResourceRef } from '../../src/fleet/brand.ts';
import { fleetLabel, hostKeyId, hostKeyLabel, ownerLabels, uidLabel, uidOf } from '../../src/fleet/naming.ts';
import type { ObservedServer } from '../../src/fleet/observed.ts';
import { identifyMachine, identifyServer, type KnownMachine } from '../../src/fleet/server-identity.ts';
import { addressOf, nodeRef, observedServer, testFleet } from '../support/fleet-builders.ts';

const ref = nodeRef('web-1');
const uid = uidOf(testFleet, ref);
const hostKey = `ssh-ed25519 ${'B'.repeat(68)}`;
const machineId = 'a'.repeat(32);
const known: KnownMachine = {
  id: 42,
  pinnedId: null,
  name: `${testFleet}-web-1`,
  ipv4: addressOf('web-1'),
  machineId,
  hostKey,
  applied: true,
  precious: true,
};
const node = { fleet: testFleet, name: 'web-1' as never, ref, uid, known };
const wanted = { ...ownerLabels(testFleet, ref, uid), [hostKeyLabel]: hostKeyId(hostKey) };
const own = observedServer('web-1', { labels: wanted });
const bare = (labels: Readonly<Record<string, string>>, overrides: Partial<ObservedServer> = {}) =>
  observedServer('web-1', { uid: null, resource: null, labels, ...overrides });
const commands = {
  addLabel: (id: number) => `add-label ${id} <label>`,
  rename: (id: number, name: string) => `update ${id} --name ${name}`,
};

describe('the server of a node', () => {
  test('is the one with its labels and the recorded id', () => {
    expect(identifyServer(node, [own], [], commands)).toEqual({ server: own, identity: null });
  });

  test.each([
    ['without any label', bare({})],
    ['with labels of its owner only', bare({ env: 'prod' })],
    ['without labels, under another name', bare({}, { name: 'shop-db' })],
    ['with the uid of nothing', bare({ ...wanted, [uidLabel]: 'x' })],
    ['with the label of another fleet', bare({ ...wanted, [fleetLabel]: 'others' })],
  ])('is a finding %s: the labels to put back are named', (_, server) => {
    const { server: found, identity } = identifyServer(node, [], [server], commands);
    expect(found).toBe(server);
    expect(identity).toMatchObject({ reason: 'ServerUnlabelled' });
    expect(identity?.message).toContain('42');
    for (const [label, value] of Object.entries(wanted))
      if (server.labels?.[label] !== value) expect(identity?.nextStep).toContain(`${label}=${value}`);
    expect(identity?.nextStep).toContain('add-label 42 <label>');
  });

  test('names labels of somebody else as they are', () => {
    const { identity } = identifyServer(
      node,
      [],
      [bare({ ...wanted, [fleetLabel]: 'others\u202e' })],
      commands,
    );
    expect(identity?.message).toContain(`${fleetLabel}=others\ufffd`);
  });

  test('is found by its name although its id is not recorded', () => {
    const { identity } = identifyServer({ ...node, known: { ...known, id: null } }, [], [bare({})], commands);
    expect(identity).toMatchObject({ reason: 'ServerUnlabelled' });
  });

  test('is a finding under another name, with the name to give back', () => {
    const { identity } = identifyServer(node, [{ ...own, name: 'shop' }], [], commands);
    expect(identity).toMatchObject({ reason: 'ServerRenamed', before: `${testFleet}-web-1`, after: 'shop' });
    expect(identity?.nextStep).toContain(`update 42 --name ${testFleet}-web-1`);
  });

  test('keeps a name that was recorded', () => {
    const other = { ...node, known: { ...known, name: 'shop' } };
    expect(identifyServer(other, [{ ...own, name: 'shop' }], [], commands).identity).toBeNull();
  });

  test('is never one of two', () => {
    const second = observedServer('web-1', { id: 43, labels: wanted, name: 'copy' });
    expect(identifyServer(node, [own, second], [], commands).identity).toMatchObject({
      reason: 'ServerAmbiguous',
    });
    // The recorded one lost its labels, and another one has them.
    const { server, identity } = identifyServer(node, [second], [bare({})], commands);
    expect(identity).toMatchObject({ reason: 'ServerAmbiguous' });
    expect(server?.id).toBe(42);
    expect(identity?.message).toContain('43');
  });

  test('is gone with its data, or is only to be made again', () => {
    expect(identifyServer(node, [], [], commands)).toMatchObject({
      server: null,
      identity: { reason: 'ServerGone', before: '42' },
    });
    const empty = { ...node, known: { ...known, precious: false } };
    expect(identifyServer(empty, [], [], commands)).toEqual({ server: null, identity: null });
    expect(identifyServer({ ...node, known: null }, [], [], commands)).toEqual({
      server: null,
      identity: null,
    });
  });
});

describe('the machine of a node', () => {
  const found = { facts: { machineId }, provisioned: true, ipv4: addressOf('web-1') };
  const other = 'b'.repeat(32);

  test.each<[string, Partial<typeof found>, Partial<KnownMachine>, string | null]>([
    ['is the recorded one', {}, {}, null],
    ['was rebuilt', { facts: { machineId: other }, provisioned: false }, {}, 'ServerRebuilt'],
    ['has the disk of another machine', { facts: { machineId: other } }, {}, 'ServerRebuilt'],
    ['lost its record only', { provisioned: false }, {}, null],
    [
      'is empty, from before machine ids were recorded',
      { provisioned: false },
      { machineId: null },
      'ServerRebuilt',
    ],
    ['is provisioned, from before machine ids were recorded', {}, { machineId: null }, null],
    ['was never provisioned', { facts: { machineId: other }, provisioned: false }, { applied: false }, null],
    [
      'was rebuilt, with nothing on it',
      { facts: { machineId: other }, provisioned: false },
      { precious: false },
      null,
    ],
    ['has another address', { ipv4: '198.51.100.7' }, {}, 'ServerAddressChanged'],
    ['has its first address', { ipv4: '198.51.100.7' }, { ipv4: null }, null],
  ])('%s', (_, change, record, reason) => {
    const identity = identifyMachine({ ...known, ...record }, own, { ...found, ...change });
    expect(identity?.reason ?? null).toBe(reason);
  });

  test('of a server that Pressluft created in place of a lost one is empty as expected', () => {
    const fresh = { facts: { machineId: other }, provisioned: false, ipv4: '198.51.100.7' };
    const made = observedServer('web-1', { id: 77, hostKeyId: hostKeyId(`ssh-ed25519 ${'C'.repeat(68)}`) });
    expect(identifyMachine(known, made, fresh)).toBeNull();
    // Somebody else created this one: from a snapshot it has the recorded key.
    const foreign = observedServer('web-1', { id: 77, hostKeyId: hostKeyId(hostKey) });
    expect(identifyMachine(known, foreign, fresh)).toMatchObject({ reason: 'ServerRebuilt' });
    expect(identifyMachine(known, foreign, fresh)?.message).toContain('77');
  });

  test('of an existing host is recognised by its disk', () => {
    const host = { ...known, id: null };
    expect(identifyMachine(host, null, { ...found, ipv4: '198.51.100.7' })).toBeNull();
    expect(identifyMachine(host, null, { ...found, facts: { machineId: other } })?.message).toContain(
      'the host',
    );
  });
});

test.each([
  ['acme', 'node/web-1', 'gdachpzbt4kytwp6'],
  ['shop', 'environment/acme-production', 'p3p5gbg6pzb4z4lg'],
])('the uid of %s %s is the one by which everything that exists is found', (fleet, resource, expected) => {
  expect(uidOf(fleet, resource as ResourceRef)).toBe(expected);
});
