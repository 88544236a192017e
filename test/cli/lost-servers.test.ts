import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { MissingData } from '../../src/fleet/missing-data.ts';
import { fleetLabel, hostKeyId, hostKeyLabel, uidLabel } from '../../src/fleet/naming.ts';
import type { CloudServer } from '../../src/ports/cloud.ts';
import { type CliHarness, cliHarness } from '../support/cli-harness.ts';
import { memoryProvider } from '../support/memory-provider.ts';
import { environmentFile, fleetFiles } from './fleet-files.ts';

const name = 'demo-web-1';
const hostKey = `ssh-ed25519 ${'K'.repeat(68)}`;

const document = (kind: string, resource: string, spec: string) =>
  `apiVersion: pressluft.dev/v1\nkind: ${kind}\nmetadata: { name: ${resource} }\nspec:\n${spec}`;
const { 'providers/hosts.yaml': _, 'environments/acme-staging.yaml': __, ...files } = fleetFiles;
const fleet = {
  ...files,
  'providers/cloud.yaml': document('Provider', 'cloud', '  type: hetzner\n  token: { env: HCLOUD_TOKEN }\n'),
  'nodes/web-1.yaml': document('Node', 'web-1', '  provider: cloud\n  serverType: cx23\n  protected: true\n'),
  'environments/acme-production.yaml': `${environmentFile('acme-production', '256M')}  protected: true\n`,
};

let harness: CliHarness;
let servers: Map<string, CloudServer>;
let made = 0;

beforeEach(async () => {
  made = 0;
  const memory = memoryProvider();
  servers = memory.servers as Map<string, CloudServer>;
  const random = { next: () => 0, float: () => 0, bytes: () => new Uint8Array() };
  const accounts = await memory.adapter.open({ random } as never);
  harness = await cliHarness(accounts('https://api.memory.example', 'token'));
  Object.assign(harness.nodes.machines, {
    generateHostKey: async () => {
      const letter = 'KLM'[made++];
      return { publicKey: `ssh-ed25519 ${String(letter).repeat(68)}`, privateKey: 'none' };
    },
  });
  await harness.repository.commit(fleet, 'a fleet');
  const first = await harness.run(['reconcile']);
  expect(first, first.stderr).toMatchObject({ code: 0 });
  machine().machineId = 'a'.repeat(32);
  expect(await code()).toBe(0);
});
afterEach(() => harness.close());

function machine(ipv4 = server().ipv4 ?? '') {
  const found = harness.nodes.nodes.get(ipv4);
  if (found === undefined) throw new Error(`no machine at ${ipv4}`);
  return found;
}

function server(): CloudServer {
  const [found] = servers.values();
  if (found === undefined) throw new Error('no server');
  return found;
}

function change(changes: Partial<CloudServer>): void {
  const before = server();
  const labels = changes.labels ?? before.labels;
  const uid = (labels[uidLabel] ?? null) as CloudServer['uid'];
  servers.delete(before.name);
  servers.set(changes.name ?? before.name, { ...before, ...changes, uid });
}

/** What a person sees: the live plan and the status. */
async function shown() {
  const plan = await harness.run(['plan', '--observed', 'live']);
  const pass = await harness.run(['reconcile']);
  const status = await harness.run(['status', '--all']);
  return { plan: inOneLine(plan.stdout), code: pass.code, status: inOneLine(status.stdout) };
}

function inOneLine(text: string): string {
  return text.replace(/\s+/g, ' ');
}

async function code(): Promise<number> {
  return (await harness.run(['reconcile'])).code;
}

const playbooks = () => harness.nodes.playbooks.filter((playbook) => playbook !== 'node-probe').length;

describe('a server that lost its labels', () => {
  test.each<[string, Partial<CloudServer>]>([
    ['all of them, and its name', { labels: {}, name: 'shop' }],
    ['the uid', { labels: { [fleetLabel]: 'demo', [hostKeyLabel]: hostKeyId(hostKey) } }],
  ])('%s: everything on it is blocked, nothing is made, and putting them back ends it', async (_, lost) => {
    const { labels, name: before } = server();
    const done = playbooks();
    change(lost);
    const { plan, code: ended, status } = await shown();
    expect(plan).toContain('ServerUnlabelled');
    expect(plan).toContain(`${uidLabel}=${labels[uidLabel]}`);
    expect(plan).toContain('hcloud server add-label --overwrite 1 <label>');
    expect(plan).not.toContain('without risk');
    expect(ended).toBe(6);
    expect(status).toContain('ServerUnlabelled');
    expect(servers.size).toBe(1);
    expect(playbooks()).toBe(done);
    change({ labels, name: before });
    expect(await code()).toBe(0);
    expect(playbooks()).toBe(done);
  });

  test('is kept in the records while its manifest is removed', async () => {
    change({ labels: {} });
    await harness.repository.commit(
      { 'nodes/web-1.yaml': null, 'environments/acme-production.yaml': null },
      'remove the node',
    );
    expect(await code()).toBe(6);
    const { plan, code: ended } = await shown();
    expect(plan).toContain('ServerUnlabelled');
    expect(ended).toBe(6);
    expect(servers.size).toBe(1);
  });
});

test('a server under another name is left alone until it has its name again', async () => {
  change({ name: 'shop' });
  const { plan, code: ended } = await shown();
  expect(plan).toContain('server 1 was named demo-web-1, and is named shop now');
  expect(plan).toContain('hcloud server update 1 --name demo-web-1');
  expect(ended).toBe(6);
  expect(servers.size).toBe(1);
  change({ name });
  expect(await code()).toBe(0);
});

describe('a server that is gone', () => {
  test('is not made again until a person gives up its data, and then once', async () => {
    servers.clear();
    const { plan, code: ended } = await shown();
    expect(plan).toContain(
      'server 1 (demo-web-1) is gone at the provider, with the data on it; it is protected',
    );
    expect(plan).toContain('DataMissing');
    expect(plan).not.toContain('without risk');
    expect(ended).toBe(6);
    expect(servers.size).toBe(0);
    await approve();
    expect(await code()).toBe(0);
    expect(servers.size).toBe(1);
    expect(server().id).toBe(2);
    machine().machineId = 'c'.repeat(32);
    expect(await code()).toBe(0);

    // The approval does not count for the next loss.
    servers.clear();
    expect(await code()).toBe(6);
    expect(servers.size).toBe(0);
  });

  test('comes back with its data by itself', async () => {
    const before = server();
    servers.clear();
    expect(await code()).toBe(6);
    servers.set(before.name, before);
    expect(await code()).toBe(0);
  });

  test('without environments and protection is made again', async () => {
    await harness.repository.commit(
      {
        'environments/acme-production.yaml': null,
        'nodes/web-1.yaml': document('Node', 'web-1', '  provider: cloud\n  serverType: cx23\n'),
      },
      'an empty node',
    );
    expect(await code()).toBe(6);
    machine().environments.clear();
    expect(await code()).toBe(0);
    servers.clear();
    expect(await code()).toBe(0);
    expect(servers.size).toBe(1);
  });
});

describe('a server that was rebuilt', () => {
  test('gets no empty site in place of the former one without an approval', async () => {
    const done = playbooks();
    const { record, environments } = machine();
    const kept = new Map(environments);
    Object.assign(machine(), { record: null, machineId: 'b'.repeat(32) });
    environments.clear();
    const { plan, code: ended } = await shown();
    expect(plan).toContain('ServerRebuilt');
    expect(plan).toContain('DataMissing');
    expect(plan).not.toContain('without risk');
    expect(ended).toBe(6);
    expect(playbooks()).toBe(done);

    // The disk is restored.
    Object.assign(machine(), { record, machineId: 'a'.repeat(32) });
    for (const [key, value] of kept) environments.set(key, value);
    expect(await code()).toBe(0);
    expect(playbooks()).toBe(done);

    Object.assign(machine(), { record: null, machineId: 'b'.repeat(32) });
    environments.clear();
    expect(await code()).toBe(6);
    await approve();
    expect(await code()).toBe(0);
    expect(await code()).toBe(0);
    expect(environments.has('acme-production')).toBe(true);
  });

  test('or has the disk of another one is not touched', async () => {
    const done = playbooks();
    machine().machineId = 'b'.repeat(32);
    const { plan, code: ended } = await shown();
    expect(plan).toContain(`its machine id was ${'a'.repeat(32)}, and is ${'b'.repeat(32)} now`);
    expect(ended).toBe(6);
    expect(playbooks()).toBe(done);
  });
});

test('a server with another address is left alone, until it has its address again or a person keeps the new one', async () => {
  const done = playbooks();
  const before = server().ipv4;
  const moved = machine();
  (harness.nodes.nodes as Map<string, unknown>).set('198.51.100.9', moved);
  change({ ipv4: '198.51.100.9' });
  const { plan, code: ended } = await shown();
  expect(plan).toContain(`its address was ${before}, and is 198.51.100.9 now`);
  expect(ended).toBe(6);
  expect(playbooks()).toBe(done);
  change({ ipv4: before });
  expect(await code()).toBe(0);
  change({ ipv4: '198.51.100.9' });
  expect(await code()).toBe(6);
  await approve();
  await harness.run(['reconcile']);
  expect(await code()).toBe(0);
});

test('an environment that was removed on the node by hand is DataMissing', async () => {
  const done = playbooks();
  machine().environments.clear();
  const { plan, code: ended, status } = await shown();
  expect(plan).toContain('it was applied on node web-1, and its data is not there any more');
  expect(plan).toContain('it is protected');
  expect(plan).not.toContain('without risk');
  expect(status).toContain('DataMissing');
  expect(ended).toBe(6);
  expect(playbooks()).toBe(done);
  await approve();
  await harness.deps.clock.sleep(1000);
  expect(await code()).toBe(0);
  // One approval covers one loss.
  await harness.deps.clock.sleep(1000);
  machine().environments.clear();
  expect(await code()).toBe(6);
});

describe.each<[MissingData, string]>([
  ['database', 'WordPress in its database'],
  ['uploads', 'the directory of its uploads'],
])('an environment that has lost its %s', (kind, words) => {
  const lose = () => harness.nodes.lost.set('acme-production', [kind]);

  test.each<[string, () => Promise<unknown>]>([
    ['no further commit', async () => undefined],
    [
      'a commit that changes it',
      () =>
        harness.repository.commit(
          { 'environments/acme-production.yaml': environmentFile('acme-production', '384M') },
          'more memory',
        ),
    ],
    ['a service that does not run', async () => harness.nodes.drifting.add('acme-production')],
  ])('with %s: is blocked until a person acts, and continues by itself once it is back', async (_, then) => {
    const converges = () => harness.nodes.playbooks.filter((each) => each === 'environment-converge').length;
    const done = converges();
    lose();
    await then();
    const { plan, code: ended, status } = await shown();
    expect(plan).toContain(`it was applied on node web-1, and its data is not there any more: ${words}`);
    expect(plan).not.toContain('without risk');
    expect(ended).toBe(6);
    expect(status).toContain('DataMissing');
    expect((await harness.run(['reconcile', '--force'])).code).toBe(6);
    expect(inOneLine((await harness.run(['explain', 'environment/acme-production'])).stdout)).toContain(
      words,
    );
    expect(converges()).toBe(done);
    harness.nodes.lost.clear();
    harness.nodes.drifting.clear();
    expect(await code()).toBe(0);
  });

  test('starts empty by an approval, once for each loss', async () => {
    lose();
    expect(await code()).toBe(6);
    await approve();
    await harness.deps.clock.sleep(1000);
    expect(await code()).toBe(0);
    expect(harness.nodes.lost.size).toBe(0);
    await harness.deps.clock.sleep(1000);
    lose();
    expect(await code()).toBe(6);
  });

  test('since the observation: its converge fails without a change and is not tried again, and the approval still counts', async () => {
    const change = { 'environments/acme-production.yaml': environmentFile('acme-production', '384M') };
    await harness.repository.commit(change, 'more memory');
    harness.nodes.beforePlay = async () => void lose();
    const failed = await harness.run(['reconcile']);
    expect(failed.code).not.toBe(0);
    harness.nodes.beforePlay = async () => undefined;
    const done = playbooks();
    const { plan, status } = await shown();
    expect(plan).toContain('DataMissing');
    expect(status).toContain('DataMissing');
    expect(playbooks()).toBe(done);
    await approve();
    expect(await code()).toBe(0);
    expect(harness.nodes.lost.size).toBe(0);
  });
});

async function approve(): Promise<void> {
  const json = await harness.run(['plan', '--observed', 'status', '--format', 'json']);
  const { digest } = JSON.parse(json.stdout) as { digest: string };
  const result = await harness.run(['approve', digest, '--by', 'Ada']);
  expect(result, result.stderr).toMatchObject({ code: 0 });
  expect(result.stdout).toContain('Approved as Ada');
}
