import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NodeName, ResourceRef } from '../../src/fleet/brand.ts';
import { ownerLabels, serverName, uidOf } from '../../src/fleet/naming.ts';
import type {
  Cloud,
  CloudActionId,
  CloudServer,
  FirewallRule,
  ServerRequest,
} from '../../src/ports/cloud.ts';

/** One account, and what can be made to go wrong with it; a fault that cannot be had there leaves its test out. */
export interface CloudUnderTest {
  readonly cloud: Cloud;
  /** The same account with a token that is not accepted. */
  readonly refused: Cloud;
  /** The same account with a token that may only read. */
  readonly readOnly?: Cloud;
  readonly serverType: string;
  readonly location: string;
  readonly image: string;
  /** A fresh OpenSSH public key. */
  readonly newPublicKey: () => string;
  readonly faults?: {
    /** The next create has its effect but no reply. */
    readonly loseCreateReply: (collection: 'servers' | 'firewalls' | 'ssh_keys') => Promise<void>;
    /** The next action of this command ends in error. */
    readonly failAction: (command: string) => Promise<void>;
    readonly sellOut: () => Promise<void>;
    /** The next `count` requests are answered with this status. */
    readonly answer: (status: 429 | 502 | 503, count: number) => Promise<void>;
    readonly heal: () => Promise<void>;
  };
  readonly close: () => Promise<void>;
}

const waitMs = 300_000;

/** What every {@link Cloud} promises, whatever is behind it. */
export function describeCloudContract(name: string, setUp: () => Promise<CloudUnderTest>): void {
  describe(`the cloud contract: ${name}`, () => {
    let at: CloudUnderTest;
    let cloud: Cloud;
    const fleet = `contract-${randomUUID().slice(0, 8)}`;
    const labelsOf = (resource: string) =>
      ownerLabels(fleet, resource as ResourceRef, uidOf(fleet, resource as ResourceRef));
    const foreign = ownerLabels(
      'other',
      'node/other' as ResourceRef,
      uidOf('other', 'node/other' as ResourceRef),
    );

    beforeAll(async () => {
      at = await setUp();
      cloud = at.cloud;
    });
    afterAll(() => at.close());

    const request = (node: string): ServerRequest => ({
      name: serverName(fleet, node as NodeName),
      serverType: at.serverType,
      location: at.location,
      image: at.image,
      sshKeyIds: [],
      firewallIds: [],
      userData: '#cloud-config\n',
      labels: labelsOf(`node/${node}`),
    });

    async function create(node: string): Promise<CloudServer> {
      const { server, actions } = await cloud.createServer(request(node));
      await cloud.waitForActions(actions, { timeoutMs: waitMs });
      return server;
    }

    const destroy = async (id: number) => finish(await cloud.deleteServer(id));
    const finish = (ids: readonly CloudActionId[]) => cloud.waitForActions(ids, { timeoutMs: waitMs });

    it('accepts a good token and refuses a bad one', async () => {
      await cloud.check();
      await expect(at.refused.check()).rejects.toMatchObject({ code: 'PL4001' });
      await expect(at.refused.listServers(fleet)).rejects.toMatchObject({ code: 'PL4001' });
    });

    it('lets a read-only token look and nothing more', async (context) => {
      if (at.readOnly === undefined) return context.skip();
      await at.readOnly.check();
      await expect(at.readOnly.createServer(request('read-only'))).rejects.toMatchObject({ code: 'PL4011' });
      expect(await cloud.findServer(request('read-only').name)).toBeNull();
    });

    it('takes a server from creation to running to gone', async () => {
      const progress: number[] = [];
      const { server, actions } = await cloud.createServer(request('life'));
      await cloud.waitForActions(actions, {
        timeoutMs: waitMs,
        onProgress: (step) => progress.push(step.progress),
      });
      expect(progress.at(-1)).toBe(100);
      const running = await cloud.getServer(server.id);
      expect(running).toMatchObject({
        id: server.id,
        name: request('life').name,
        status: 'running',
        serverType: at.serverType,
        location: at.location,
        resource: 'node/life',
        uid: labelsOf('node/life')['pressluft.dev/uid'],
        labels: labelsOf('node/life'),
      });
      expect(running?.ipv4).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
      expect(await cloud.findServer(server.name)).toEqual(running);
      expect((await cloud.listServers(fleet)).map(({ id }) => id)).toEqual([server.id]);
      await finish(await cloud.powerOn(server.id));
      await destroy(server.id);
      expect(await cloud.getServer(server.id)).toBeNull();
      expect(await cloud.findServer(server.name)).toBeNull();
      expect(await cloud.deleteServer(server.id)).toEqual([]);
    });

    it('lists the servers of one fleet only', async () => {
      const server = await create('listed');
      expect(await cloud.listServers('nobody-has-this')).toEqual([]);
      expect(await cloud.listServers(fleet)).toHaveLength(1);
      await destroy(server.id);
    });

    it('adopts its own server instead of creating a second one, and refuses a stranger’s name', async () => {
      const server = await create('twice');
      expect((await cloud.createServer(request('twice'))).server.id).toBe(server.id);
      await expect(cloud.createServer({ ...request('twice'), labels: foreign })).rejects.toMatchObject({
        code: 'PL4009',
      });
      expect(await cloud.listServers(fleet)).toHaveLength(1);
      await destroy(server.id);
    });

    it('creates exactly one server, firewall and key when the reply to the create is lost', async (context) => {
      if (at.faults === undefined) return context.skip();
      await at.faults.loseCreateReply('servers');
      const server = await create('lost');
      expect((await cloud.getServer(server.id))?.status).toBe('running');
      expect(await cloud.listServers(fleet)).toHaveLength(1);
      await destroy(server.id);

      await at.faults.loseCreateReply('firewalls');
      const labels = labelsOf('provider/lost');
      const firewall = await cloud.ensureFirewall(`${fleet}-lost`, rules, labels);
      expect((await cloud.ensureFirewall(`${fleet}-lost`, rules, labels)).id).toBe(firewall.id);
      await cloud.deleteFirewall(`${fleet}-lost`, labels);

      await at.faults.loseCreateReply('ssh_keys');
      const publicKey = at.newPublicKey();
      const key = await cloud.ensureKey(`${fleet}-lost`, publicKey, labels);
      expect((await cloud.ensureKey(`${fleet}-lost`, publicKey, labels)).id).toBe(key.id);
      await cloud.deleteKey(`${fleet}-lost`, labels);
    });

    it('reports an action that ended in error', async (context) => {
      if (at.faults === undefined) return context.skip();
      await at.faults.failAction('create_server');
      const { server, actions } = await cloud.createServer(request('failing'));
      await expect(finish(actions)).rejects.toMatchObject({ code: 'PL4007' });
      await destroy(server.id);
    });

    it('lists what can be ordered, and where', async () => {
      const types = await cloud.listServerTypes();
      const names = types.map(({ name }) => name);
      expect(new Set(names).size).toBe(names.length);
      const used = types.find(({ name }) => name === at.serverType);
      expect(used).toMatchObject({
        cores: expect.any(Number),
        architecture: expect.stringMatching(/^(x86|arm)$/),
      });
      expect(used?.memoryMib).toBeGreaterThanOrEqual(512);
      expect(used?.diskGib).toBeGreaterThanOrEqual(10);
      expect(used?.locations).toContainEqual({
        location: at.location,
        available: true,
        unavailableAfter: null,
      });
      await expect(at.refused.listServerTypes()).rejects.toMatchObject({ code: 'PL4001' });
    });

    it('says where a server type is sold out', async (context) => {
      if (at.faults === undefined) return context.skip();
      const place = async () =>
        (await cloud.listServerTypes())
          .find(({ name }) => name === at.serverType)
          ?.locations.find(({ location }) => location === at.location)?.available;
      await at.faults.sellOut();
      expect(await place()).toBe(false);
      await at.faults.heal();
      expect(await place()).toBe(true);
    });

    it('reports a server type that is sold out', async (context) => {
      if (at.faults === undefined) return context.skip();
      await at.faults.sellOut();
      await expect(cloud.createServer(request('sold-out'))).rejects.toMatchObject({ code: 'PL4004' });
      await at.faults.heal();
      expect(await cloud.listServers(fleet)).toEqual([]);
    });

    it('rides out a few 429 and 502, and reports a 503', async (context) => {
      if (at.faults === undefined) return context.skip();
      await at.faults.answer(429, 2);
      await cloud.check();
      await at.faults.answer(502, 3);
      expect(await cloud.listServers(fleet)).toEqual([]);
      await at.faults.answer(503, 1);
      await expect(cloud.check()).rejects.toMatchObject({ code: 'PL4002' });
    });

    it('rejects what no provider accepts, as a matter for the manifest', async () => {
      await expect(cloud.createServer({ ...request('odd'), image: 'no-such-image' })).rejects.toMatchObject({
        code: expect.stringMatching(/^PL40(03|12)$/),
        retry: { kind: 'never' },
      });
    });

    const rules: readonly FirewallRule[] = [
      { protocol: 'tcp', port: '22', sourceIps: ['192.0.2.0/24', '2001:db8::/32'], description: 'ssh' },
      { protocol: 'tcp', port: '80', sourceIps: ['0.0.0.0/0', '::/0'], description: 'http' },
      { protocol: 'icmp', port: null, sourceIps: ['0.0.0.0/0'], description: '' },
    ];

    it('keeps a firewall as wished, and its owner apart', async () => {
      const labels = labelsOf('provider/cloud');
      const name = `${fleet}-firewall`;
      const firewall = await cloud.ensureFirewall(name, rules, labels);
      expect(firewall).toMatchObject({ name, labels, rules });
      const fewer = rules.slice(0, 1);
      expect(await cloud.ensureFirewall(name, fewer, labels)).toMatchObject({
        id: firewall.id,
        rules: fewer,
      });
      await expect(cloud.ensureFirewall(name, rules, foreign)).rejects.toMatchObject({ code: 'PL4009' });
      await cloud.deleteFirewall(name, foreign);
      expect((await cloud.ensureFirewall(name, fewer, labels)).id).toBe(firewall.id);
      await cloud.deleteFirewall(name, labels);
      await cloud.deleteFirewall(name, labels);
      const again = await cloud.ensureFirewall(name, rules, labels);
      expect(again.id).not.toBe(firewall.id);
      await cloud.deleteFirewall(name, labels);
    });

    it('deletes a firewall whose server is only just going', async () => {
      const labels = labelsOf('provider/in-use');
      const firewall = await cloud.ensureFirewall(`${fleet}-in-use`, rules, labels);
      const { server, actions } = await cloud.createServer({
        ...request('holder'),
        firewallIds: [firewall.id],
      });
      await finish(actions);
      await Promise.all([destroy(server.id), cloud.deleteFirewall(`${fleet}-in-use`, labels)]);
      expect(await cloud.listServers(fleet)).toEqual([]);
    });

    it('holds a public key once, whatever it is called', async () => {
      const labels = labelsOf('provider/key');
      const publicKey = at.newPublicKey();
      const key = await cloud.ensureKey(`${fleet}-key`, publicKey, labels);
      expect(key).toMatchObject({ name: `${fleet}-key`, labels });
      const other = await cloud.ensureKey(
        `${fleet}-other-name`,
        `${publicKey.split(' ').slice(0, 2).join(' ')} laptop`,
        foreign,
      );
      expect(other).toMatchObject({ id: key.id, name: `${fleet}-key`, labels });
      const second = await cloud.ensureKey(`${fleet}-key`, at.newPublicKey(), labels);
      expect(second.id).not.toBe(key.id);
      expect(second.name).not.toBe(key.name);
      await cloud.deleteKey(`${fleet}-key`, labels);
      await cloud.deleteKey(`${fleet}-key`, labels);
      const again = await cloud.ensureKey(`${fleet}-key`, publicKey, labels);
      expect(again.id).not.toBe(key.id);
      await cloud.deleteKey(`${fleet}-key`, labels);
    });

    it('finds nothing where nothing is, and says so when asked to act on it', async () => {
      expect(await cloud.getServer(4_000_000_000)).toBeNull();
      expect(await cloud.findServer(`${fleet}-nobody`)).toBeNull();
      expect(await cloud.deleteServer(4_000_000_000)).toEqual([]);
      await expect(cloud.powerOn(4_000_000_000)).rejects.toMatchObject({ code: 'PL4012' });
      await expect(finish([4_000_000_000])).rejects.toMatchObject({ code: 'PL4007' });
    });

    it('stops when told to', async () => {
      await expect(cloud.check(AbortSignal.abort('enough'))).rejects.toBe('enough');
      await expect(
        cloud.waitForActions([1], { timeoutMs: waitMs, signal: AbortSignal.abort('enough') }),
      ).rejects.toBe('enough');
    });
  });
}
