import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CloudOpenApi, openApiFile, readCloudOpenApi } from '../support/cloud-openapi.ts';
import { type Harness, publicKey, type Reply, readOnlyToken, startHarness } from './harness.ts';

/** Every implemented operation, called at least once; `covered` proves it at the end. */
const operations = [
  'GET /ssh_keys',
  'POST /ssh_keys',
  'GET /ssh_keys/{id}',
  'PUT /ssh_keys/{id}',
  'DELETE /ssh_keys/{id}',
  'GET /servers',
  'POST /servers',
  'GET /servers/{id}',
  'PUT /servers/{id}',
  'DELETE /servers/{id}',
  'GET /servers/actions',
  'GET /servers/actions/{id}',
  'GET /servers/{id}/actions',
  'GET /servers/{id}/actions/{action_id}',
  'POST /servers/{id}/actions/poweron',
  'POST /servers/{id}/actions/poweroff',
  'POST /servers/{id}/actions/shutdown',
  'POST /servers/{id}/actions/reboot',
  'POST /servers/{id}/actions/reset',
  'POST /servers/{id}/actions/rebuild',
  'POST /servers/{id}/actions/change_protection',
  'GET /actions',
  'GET /actions/{id}',
  'GET /firewalls',
  'POST /firewalls',
  'GET /firewalls/{id}',
  'PUT /firewalls/{id}',
  'DELETE /firewalls/{id}',
  'GET /firewalls/actions',
  'GET /firewalls/actions/{id}',
  'GET /firewalls/{id}/actions',
  'GET /firewalls/{id}/actions/{action_id}',
  'POST /firewalls/{id}/actions/set_rules',
  'POST /firewalls/{id}/actions/apply_to_resources',
  'POST /firewalls/{id}/actions/remove_from_resources',
  'GET /locations',
  'GET /locations/{id}',
  'GET /server_types',
  'GET /server_types/{id}',
  'GET /images',
  'GET /images/{id}',
  'GET /pricing',
] as const;

type OperationName = (typeof operations)[number];

describe.skipIf(openApiFile === '')("responses follow the provider's OpenAPI document", () => {
  let lab: Harness;
  let openApi: CloudOpenApi;
  const covered = new Set<string>();

  beforeAll(async () => {
    openApi = readCloudOpenApi();
    lab = await startHarness();
  });
  afterAll(() => lab.close());

  /** Calls an operation, expects the documented status and validates the reply against its schema. */
  async function call(
    operation: OperationName,
    ids: readonly number[] = [],
    body?: unknown,
    query = '',
  ): Promise<Reply['body']> {
    const [method = '', template = ''] = operation.split(' ');
    const rest = [...ids];
    const reply = await lab.send(
      method,
      template.replaceAll(/\{\w+\}/g, () => String(rest.shift())) + query,
      body,
    );
    covered.add(operation);
    openApi.expectValid(method, template, reply);
    expect(reply.status, JSON.stringify(reply.body)).toBeLessThan(300);
    await lab.api.idle();
    return reply.body;
  }

  it('in every operation that the lab implements', async () => {
    const key = (await call('POST /ssh_keys', [], { name: 'k', public_key: publicKey(), labels: { a: 'b' } }))
      .ssh_key;
    await call('GET /ssh_keys');
    await call('GET /ssh_keys/{id}', [key.id]);
    await call('PUT /ssh_keys/{id}', [key.id], { name: 'k2' });

    const rules = [{ direction: 'in', protocol: 'tcp', port: '22', source_ips: ['0.0.0.0/0', '::/0'] }];
    const firewall = (await call('POST /firewalls', [], { name: 'f', rules })).firewall;
    const order = { name: 's', server_type: 'cx23', image: 'debian-12', labels: { env: 'test' } };
    const created = await call('POST /servers', [], {
      ...order,
      ssh_keys: ['k2'],
      firewalls: [{ firewall: firewall.id }],
    });
    const id = created.server.id;
    await call('GET /servers');
    await call('GET /servers/{id}', [id]);
    await call('PUT /servers/{id}', [id], { labels: { env: 'prod' } });
    for (const name of ['poweroff', 'poweron', 'reboot', 'reset', 'shutdown'] as const) {
      await call(`POST /servers/{id}/actions/${name}`, [id]);
    }
    await call('POST /servers/{id}/actions/rebuild', [id], { image: 'debian-12' });
    await call('POST /servers/{id}/actions/change_protection', [id], { delete: false, rebuild: false });
    await call('GET /servers/actions');
    await call('GET /servers/actions/{id}', [created.action.id]);
    await call('GET /servers/{id}/actions', [id]);
    await call('GET /servers/{id}/actions/{action_id}', [id, created.action.id]);
    await call('GET /actions', [], undefined, `?id=${created.action.id}`);
    await call('GET /actions/{id}', [created.action.id]);

    const selector = { type: 'label_selector', label_selector: { selector: 'env=prod' } };
    const changed = await call('POST /firewalls/{id}/actions/set_rules', [firewall.id], { rules });
    await call('POST /firewalls/{id}/actions/apply_to_resources', [firewall.id], { apply_to: [selector] });
    await call('GET /firewalls');
    await call('GET /firewalls/{id}', [firewall.id]);
    await call('PUT /firewalls/{id}', [firewall.id], { labels: { a: '' } });
    await call('GET /firewalls/actions');
    await call('GET /firewalls/actions/{id}', [changed.actions[0].id]);
    await call('GET /firewalls/{id}/actions', [firewall.id]);
    await call('GET /firewalls/{id}/actions/{action_id}', [firewall.id, changed.actions[0].id]);
    await call('POST /firewalls/{id}/actions/remove_from_resources', [firewall.id], {
      remove_from: [selector, { type: 'server', server: { id } }],
    });

    const { locations } = await call('GET /locations');
    await call('GET /locations/{id}', [locations[0].id]);
    const { server_types: types } = await call('GET /server_types');
    await call('GET /server_types/{id}', [types[0].id]);
    const { images } = await call('GET /images');
    await call('GET /images/{id}', [images[0].id]);
    await call('GET /pricing');

    await call('DELETE /servers/{id}', [id]);
    await call('DELETE /firewalls/{id}', [firewall.id]);
    await call('DELETE /ssh_keys/{id}', [key.id]);
    expect([...covered].sort()).toEqual([...operations].sort());
  });

  it.each([
    ['unauthorized', 'GET', '/servers', undefined, 'wrong', 401],
    ['token_readonly', 'POST', '/servers', {}, readOnlyToken, 401],
    ['not_found', 'GET', '/servers/4711', undefined, undefined, 404],
    ['json_error', 'POST', '/servers', '{', undefined, 400],
    ['invalid_input', 'POST', '/servers', {}, undefined, 422],
    ['deprecated_api_endpoint', 'GET', '/datacenters', undefined, undefined, 410],
  ])('in the error %s', async (code, method, path, body, token, status) => {
    const reply = await lab.send(method, path, body, token);

    expect([reply.status, reply.body.error.code]).toEqual([status, code]);
    openApi.expectValid(method, path.replace('4711', '{id}'), reply);
  });

  it('refuses a method that an endpoint does not have', async () => {
    const reply = await lab.send('PUT', '/servers', {});

    expect([reply.status, reply.body.error.code]).toEqual([405, 'method_not_allowed']);
  });
});
