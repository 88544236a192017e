import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WireRequest } from '../../../src/adapters/hetzner/connection.ts';
import { type CloudOpenApi, openApiFile, readCloudOpenApi } from '../../support/cloud-openapi.ts';
import { answer, operations, templateOf } from './answer.ts';
import { cloudWorld } from './cloud-world.ts';
import { faultsOf } from './exchange-faults.ts';

const publicKey =
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl controller';

describe.skipIf(openApiFile === '')("simulated replies follow the provider's OpenAPI document", () => {
  let openApi: CloudOpenApi;
  const world = cloudWorld();
  const covered = new Set<string>();

  // Not during collection, because the body of a skipped suite runs then, too.
  beforeAll(() => {
    openApi = readCloudOpenApi();
  });

  afterAll(() => expect([...covered].sort()).toEqual([...operations].sort()));

  function send(method: WireRequest['method'], path: string, body?: unknown, fault: string | null = null) {
    const template = templateOf(path);
    const reply = answer(world.account, {
      request: { method, path, body },
      by: 'test',
      token: 'good',
      fault,
    });
    const isJson = reply.body !== '' && reply.headers['content-type'] === 'application/json';
    const parsed = isJson ? JSON.parse(reply.body) : reply.body;
    if (isJson || reply.status === 204) {
      openApi.expectValid(method, template, { status: reply.status, body: parsed });
    }
    covered.add(`${method} ${template}`);
    return { status: reply.status, body: parsed };
  }
  const pass = (ms: number) =>
    world.core.timeline.run(
      world.core.timeline.nowMs + ms,
      () => false,
      () => undefined,
    );

  it('in every operation, while actions run and once they have ended', async () => {
    const rules = [{ direction: 'in', protocol: 'tcp', port: '22', source_ips: ['0.0.0.0/0', '::/0'] }];
    const key = send('POST', '/ssh_keys', { name: 'k', public_key: publicKey, labels: { a: 'b' } }).body
      .ssh_key;
    const { firewall } = send('POST', '/firewalls', { name: 'f', rules }).body;
    const order = {
      name: 's',
      server_type: 'cx23',
      image: 'debian-12',
      labels: { env: 'test' },
      ssh_keys: [key.id],
      firewalls: [{ firewall: firewall.id }],
    };
    const created = send('POST', '/servers', order).body;
    const { id } = created.server;
    for (const turn of [1, 2]) {
      for (const path of [
        '/servers',
        '/firewalls',
        '/ssh_keys',
        '/locations',
        '/server_types',
        `/servers/${id}`,
      ]) {
        expect(send('GET', path).status, `${path} in turn ${turn}`).toBe(200);
      }
      expect(send('GET', `/servers/${id}/actions`).body.actions).toHaveLength(2);
      expect(send('GET', `/actions?id=${created.action.id}`).body.actions).toHaveLength(1);
      await pass(60_000);
    }
    expect(send('POST', `/firewalls/${firewall.id}/actions/set_rules`, { rules }).status).toBe(201);
    expect(send('POST', `/servers/${id}/actions/poweron`).status).toBe(201);
    await pass(60_000);
    expect(send('DELETE', `/servers/${id}`).status).toBe(200);
    await pass(60_000);
    expect(send('GET', `/servers/${id}`).status).toBe(404);
    expect(send('DELETE', `/firewalls/${firewall.id}`).status).toBe(204);
    expect(send('DELETE', `/ssh_keys/${key.id}`).status).toBe(204);
  });

  it.each(operations)('in every fault of %s', (operation) => {
    const [method = '', template = ''] = operation.split(' ');
    for (const fault of faultsOf(method, template)) {
      const reply = send(method as WireRequest['method'], template.replace('{id}', '1'), {}, fault);
      expect(reply.status).toBeGreaterThanOrEqual(200);
    }
  });
});
