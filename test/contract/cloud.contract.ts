import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NodeName, ResourceRef } from '../../src/fleet/brand.ts';
import { errors } from '../../src/fleet/error-catalogue.ts';
import { ownerLabels, serverName, uidLabel, uidOf } from '../../src/fleet/naming.ts';
import type {
  Cloud,
  CloudActionId,
  CloudServer,
  FirewallRule,
  ServerRequest,
} from '../../src/ports/cloud.ts';

export interface CloudFaults {
  /** The next request that makes (`POST`) or deletes (`DELETE`) one gets lost before its effect, or its reply after it. */
  readonly lose: (
    what: 'request' | 'reply',
    method: 'POST' | 'DELETE',
    collection: Collection,
  ) => Promise<void>;
  /** The next action of this command ends in error, without its effect or after it. */
  readonly failAction: (command: string, when: 'before' | 'after') => Promise<void>;
  /** The next action of this command takes this long, by the adapter's clock. */
  readonly slowAction: (command: string, ms: number) => Promise<void>;
  readonly sellOut: () => Promise<void>;
  /** The next `count` requests are answered with this status. */
  readonly answer: (status: 429 | 502 | 503 | 504, count: number) => Promise<void>;
  /** New servers are missing from lists for this long, by the adapter's clock. */
  readonly hideNewServers: (ms: number) => Promise<void>;
  readonly heal: () => Promise<void>;
  /** Lets this much time pass, by the adapter's clock. */
  readonly pass: (ms: number) => Promise<void>;
}

export type Collection = 'servers' | 'firewalls' | 'ssh_keys';

/** One account with its faults; the test of a fault that is not available there is skipped. */
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
  readonly faults?: CloudFaults;
  readonly close: () => Promise<void>;
}

const waitMs = 300_000;

/** Somebody deleted it meanwhile; the next attempt observes it again. */
const gone = { code: errors.providerResourceMissing, retry: { kind: 'backoff' } };

/** The contract of every {@link Cloud}, real or simulated. */
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
      await expect(at.refused.check()).rejects.toMatchObject({ code: errors.tokenRefused });
      await expect(at.refused.listServers(fleet)).rejects.toMatchObject({ code: errors.tokenRefused });
    });

    it('lets a read-only token read only', async (context) => {
      if (at.readOnly === undefined) return context.skip();
      await at.readOnly.check();
      await expect(at.readOnly.createServer(request('read-only'))).rejects.toMatchObject({
        code: errors.tokenReadOnly,
      });
      expect(await cloud.findServer(request('read-only').name)).toBeNull();
    });

    it('creates, runs and deletes a server', async () => {
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

    it('adopts its own server instead of creating a second one, and refuses the name of a foreign one', async () => {
      const server = await create('twice');
      expect((await cloud.createServer(request('twice'))).server.id).toBe(server.id);
      await expect(cloud.createServer({ ...request('twice'), labels: foreign })).rejects.toMatchObject({
        code: errors.nameTaken,
      });
      expect(await cloud.listServers(fleet)).toHaveLength(1);
      await destroy(server.id);
    });

    it('creates exactly one server, firewall and key when the reply to the create is lost', async (context) => {
      if (at.faults === undefined) return context.skip();
      await at.faults.lose('reply', 'POST', 'servers');
      const server = await create('lost');
      expect((await cloud.getServer(server.id))?.status).toBe('running');
      expect(await cloud.listServers(fleet)).toHaveLength(1);
      await destroy(server.id);

      await at.faults.lose('reply', 'POST', 'firewalls');
      const labels = labelsOf('provider/lost');
      const firewall = await cloud.ensureFirewall(`${fleet}-lost`, rules, labels);
      expect((await cloud.ensureFirewall(`${fleet}-lost`, rules, labels)).id).toBe(firewall.id);
      await cloud.deleteFirewall(`${fleet}-lost`, labels);

      await at.faults.lose('reply', 'POST', 'ssh_keys');
      const publicKey = at.newPublicKey();
      const key = await cloud.ensureKey(`${fleet}-lost`, publicKey, labels);
      expect((await cloud.ensureKey(`${fleet}-lost`, publicKey, labels)).id).toBe(key.id);
      await cloud.deleteKey(`${fleet}-lost`, labels);
    });

    it('creates exactly one when the request is lost, and deletes it when the reply is', async (context) => {
      if (at.faults === undefined) return context.skip();
      await at.faults.lose('request', 'POST', 'servers');
      const server = await create('lost-request');
      expect((await cloud.listServers(fleet)).map(({ id }) => id)).toEqual([server.id]);
      await at.faults.lose('reply', 'DELETE', 'servers');
      await destroy(server.id);
      expect(await cloud.getServer(server.id)).toBeNull();

      const labels = labelsOf('provider/lost-delete');
      const firewall = await cloud.ensureFirewall(`${fleet}-lost-delete`, rules, labels);
      await at.faults.lose('reply', 'DELETE', 'firewalls');
      await cloud.deleteFirewall(`${fleet}-lost-delete`, labels);
      const key = await cloud.ensureKey(`${fleet}-lost-delete`, at.newPublicKey(), labels);
      await at.faults.lose('reply', 'DELETE', 'ssh_keys');
      await cloud.deleteKey(`${fleet}-lost-delete`, labels);
      const again = await cloud.ensureFirewall(`${fleet}-lost-delete`, rules, labels);
      expect(again.id).not.toBe(firewall.id);
      expect((await cloud.ensureKey(`${fleet}-lost-delete`, at.newPublicKey(), labels)).id).not.toBe(key.id);
      await cloud.deleteFirewall(`${fleet}-lost-delete`, labels);
      await cloud.deleteKey(`${fleet}-lost-delete`, labels);
    });

    it('finds the server of a lost reply in a delayed list', async (context) => {
      if (at.faults === undefined) return context.skip();
      await at.faults.hideNewServers(2_000);
      await at.faults.lose('reply', 'POST', 'servers');
      const server = await create('lagging');
      expect((await cloud.getServer(server.id))?.status).toBe('running');
      await at.faults.heal();
      await destroy(server.id);
    });

    it('adopts the server of a lost reply later when lists do not show it yet', async (context) => {
      if (at.faults === undefined) return context.skip();
      await at.faults.hideNewServers(120_000);
      await at.faults.lose('reply', 'POST', 'servers');
      await expect(cloud.createServer(request('invisible'))).rejects.toMatchObject({
        code: errors.nameTaken,
        retry: { kind: 'backoff' },
      });
      expect(await cloud.findServer(request('invisible').name)).toBeNull();
      await at.faults.pass(130_000);
      const server = await create('invisible');
      expect((await cloud.listServers(fleet)).map(({ id }) => id)).toEqual([server.id]);
      await at.faults.heal();
      await destroy(server.id);
    });

    it('returns a server by its id before lists show it', async (context) => {
      if (at.faults === undefined) return context.skip();
      await at.faults.hideNewServers(60_000);
      const server = await create('by-id');
      expect(await cloud.getServer(server.id)).toMatchObject({ status: 'running' });
      await at.faults.heal();
      await destroy(server.id);
    });

    it('reports an action that ended in error although it had its effect', async (context) => {
      if (at.faults === undefined) return context.skip();
      await at.faults.failAction('create_server', 'after');
      const { server, actions } = await cloud.createServer(request('failing-late'));
      await expect(finish(actions)).rejects.toMatchObject({ code: errors.providerActionFailed });
      expect(await cloud.getServer(server.id)).toMatchObject({ status: 'running' });
      const adopted = await cloud.createServer(request('failing-late'));
      expect(adopted).toMatchObject({ server: { id: server.id }, actions: [] });
      await at.faults.failAction('delete_server', 'after');
      await expect(destroy(server.id)).rejects.toMatchObject({ code: errors.providerActionFailed });
      expect(await cloud.getServer(server.id)).toBeNull();
    });

    it('keeps a server whose deletion ended in error without its effect', async (context) => {
      if (at.faults === undefined) return context.skip();
      const server = await create('stays');
      await at.faults.failAction('delete_server', 'before');
      await expect(destroy(server.id)).rejects.toMatchObject({ code: errors.providerActionFailed });
      expect(await cloud.getServer(server.id)).toMatchObject({ status: 'running' });
      await destroy(server.id);
    });

    it('settles all actions before it reports that one ended in error', async (context) => {
      if (at.faults === undefined) return context.skip();
      await at.faults.failAction('create_server', 'before');
      const bad = await cloud.createServer(request('settle-bad'));
      await at.faults.slowAction('start_server', 20_000);
      const slow = await cloud.createServer(request('settle-slow'));
      await expect(finish([...bad.actions, ...slow.actions])).rejects.toMatchObject({
        code: errors.providerActionFailed,
      });
      expect(await cloud.getServer(slow.server.id)).toMatchObject({ status: 'running' });
      await destroy(bad.server.id);
      await destroy(slow.server.id);
    });

    it('reports a timeout of a running action, and can wait for it again', async (context) => {
      if (at.faults === undefined) return context.skip();
      await at.faults.slowAction('start_server', 30_000);
      const { server, actions } = await cloud.createServer(request('slow'));
      await expect(cloud.waitForActions(actions, { timeoutMs: 5_000 })).rejects.toMatchObject({
        code: errors.providerActionTimedOut,
      });
      const adopted = await cloud.createServer(request('slow'));
      expect(adopted.server.id).toBe(server.id);
      await finish(adopted.actions);
      expect(await cloud.getServer(server.id)).toMatchObject({ status: 'running' });
      await destroy(server.id);
    });

    it('waits for the lock of a running action, or reports that it is locked', async (context) => {
      if (at.faults === undefined) return context.skip();
      await at.faults.slowAction('start_server', 120_000);
      const { server, actions } = await cloud.createServer(request('locked'));
      await expect(cloud.deleteServer(server.id)).rejects.toMatchObject({
        code: errors.resourceLocked,
        retry: { kind: 'backoff' },
      });
      await expect(cloud.powerOn(server.id)).rejects.toMatchObject({ code: errors.resourceLocked });
      await finish(actions);
      await at.faults.slowAction('start_server', 2_500);
      const starting = await cloud.powerOn(server.id);
      await destroy(server.id);
      expect(starting).toHaveLength(1);
      expect(await cloud.getServer(server.id)).toBeNull();
    });

    it('stops waiting for an action when aborted, and the action continues', async (context) => {
      if (at.faults === undefined) return context.skip();
      const controller = new AbortController();
      await at.faults.slowAction('start_server', 5_000);
      const { server, actions } = await cloud.createServer(request('cancelled'));
      await expect(
        cloud.waitForActions(actions, {
          timeoutMs: waitMs,
          signal: controller.signal,
          onProgress: () => controller.abort('enough'),
        }),
      ).rejects.toBe('enough');
      await finish(actions);
      expect(await cloud.getServer(server.id)).toMatchObject({ status: 'running' });
      await destroy(server.id);
    });

    it('reports an action that ended in error', async (context) => {
      if (at.faults === undefined) return context.skip();
      await at.faults.failAction('create_server', 'before');
      const { server, actions } = await cloud.createServer(request('failing'));
      await expect(finish(actions)).rejects.toMatchObject({ code: errors.providerActionFailed });
      await destroy(server.id);
    });

    it('lists server types with their locations', async () => {
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
      await expect(at.refused.listServerTypes()).rejects.toMatchObject({ code: errors.tokenRefused });
    });

    it('reports where a server type is sold out', async (context) => {
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
      await expect(cloud.createServer(request('sold-out'))).rejects.toMatchObject({
        code: errors.serverUnavailable,
      });
      await at.faults.heal();
      expect(await cloud.listServers(fleet)).toEqual([]);
    });

    it('retries a few 429 and 502, and reports a 503', async (context) => {
      if (at.faults === undefined) return context.skip();
      await at.faults.answer(429, 2);
      await cloud.check();
      await at.faults.answer(502, 3);
      expect(await cloud.listServers(fleet)).toEqual([]);
      await at.faults.answer(504, 2);
      await cloud.check();
      await at.faults.answer(503, 1);
      await expect(cloud.check()).rejects.toMatchObject({ code: errors.providerUnreachable });
    });

    it('reports invalid input as an error of the manifest', async () => {
      await expect(cloud.createServer({ ...request('odd'), image: 'no-such-image' })).rejects.toMatchObject({
        code: errors.requestRejected,
        retry: { kind: 'never' },
      });
    });

    it('reports a missing key or firewall of a new server, so that it is tried again with another', async () => {
      const unknown = [4_000_000_000];
      await expect(cloud.createServer({ ...request('keyless'), sshKeyIds: unknown })).rejects.toMatchObject(
        gone,
      );
      await expect(cloud.createServer({ ...request('open'), firewallIds: unknown })).rejects.toMatchObject(
        gone,
      );
      expect(await cloud.listServers(fleet)).toEqual([]);
    });

    const rules: readonly FirewallRule[] = [
      { protocol: 'tcp', port: '22', sourceIps: ['192.0.2.0/24', '2001:db8::/32'], description: 'ssh' },
      { protocol: 'tcp', port: '80', sourceIps: ['0.0.0.0/0', '::/0'], description: 'http' },
      { protocol: 'icmp', port: null, sourceIps: ['0.0.0.0/0'], description: '' },
    ];

    it('keeps a firewall as desired, and leaves foreign ones unchanged', async () => {
      const labels = labelsOf('provider/cloud');
      const name = `${fleet}-firewall`;
      const firewall = await cloud.ensureFirewall(name, rules, labels);
      expect(firewall).toMatchObject({ name, labels, rules });
      const fewer = rules.slice(0, 1);
      expect(await cloud.ensureFirewall(name, fewer, labels)).toMatchObject({
        id: firewall.id,
        rules: fewer,
      });
      await expect(cloud.ensureFirewall(name, rules, foreign)).rejects.toMatchObject({
        code: errors.nameTaken,
      });
      await cloud.deleteFirewall(name, foreign);
      expect((await cloud.ensureFirewall(name, fewer, labels)).id).toBe(firewall.id);
      await cloud.deleteFirewall(name, labels);
      await cloud.deleteFirewall(name, labels);
      const again = await cloud.ensureFirewall(name, rules, labels);
      expect(again.id).not.toBe(firewall.id);
      await cloud.deleteFirewall(name, labels);
    });

    it('lists the firewalls of the fleet with their rules and servers, and applies one to a server', async () => {
      const labels = labelsOf('provider/listed');
      const name = `${fleet}-listed`;
      const firewall = await cloud.ensureFirewall(name, rules, labels);
      const { server, actions } = await cloud.createServer(request('guarded'));
      await finish(actions);
      const found = async () => (await cloud.listFirewalls(fleet)).find(({ id }) => id === firewall.id);
      expect(await found()).toEqual({
        id: firewall.id,
        name,
        uid: labels[uidLabel],
        servers: [],
        rules: [
          'in icmp from 0.0.0.0/0',
          'in tcp 22 from 192.0.2.0/24, 2001:db8::/32',
          'in tcp 80 from 0.0.0.0/0, ::/0',
        ],
      });
      expect((await cloud.getServer(server.id))?.firewalls).toEqual([]);
      await cloud.applyFirewall(firewall.id, server.id);
      await cloud.applyFirewall(firewall.id, server.id);
      expect((await found())?.servers).toEqual([server.id]);
      expect((await cloud.getServer(server.id))?.firewalls).toEqual([firewall.id]);
      await Promise.all([destroy(server.id), cloud.deleteFirewall(name, labels)]);
      expect(await found()).toBeUndefined();
    });

    it('deletes a firewall whose server is being deleted', async () => {
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

    it('stores a public key once, under any name', async () => {
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

    it('finds no missing resource, and reports one when asked to act on it', async () => {
      expect(await cloud.getServer(4_000_000_000)).toBeNull();
      expect(await cloud.findServer(`${fleet}-nobody`)).toBeNull();
      expect(await cloud.deleteServer(4_000_000_000)).toEqual([]);
      await expect(cloud.powerOn(4_000_000_000)).rejects.toMatchObject(gone);
      await expect(finish([4_000_000_000])).rejects.toMatchObject({ code: errors.providerActionFailed });
    });

    it('stops when aborted', async () => {
      await expect(cloud.check(AbortSignal.abort('enough'))).rejects.toBe('enough');
      await expect(
        cloud.waitForActions([1], { timeoutMs: waitMs, signal: AbortSignal.abort('enough') }),
      ).rejects.toBe('enough');
    });
  });
}
