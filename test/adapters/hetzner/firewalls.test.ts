import { afterEach, describe, expect, it } from 'vitest';
import { errors } from '../../../src/fleet/error-catalogue.ts';
import { actionJson, cloudFor, labels, webRules } from './fixtures.ts';
import { apiError, inOrder, page, type ScriptedApi, startApi } from './scripted-api.ts';

let api: ScriptedApi;
afterEach(() => api.close());

const rulesJson = [
  {
    direction: 'in',
    protocol: 'icmp',
    port: null,
    source_ips: ['0.0.0.0/0'],
    destination_ips: [],
    description: null,
  },
  {
    direction: 'in',
    protocol: 'tcp',
    port: '443',
    source_ips: ['::/0', '0.0.0.0/0'],
    destination_ips: [],
    description: 'https',
  },
  {
    direction: 'in',
    protocol: 'tcp',
    port: '22',
    source_ips: ['2001:db8::/32', '203.0.113.0/24'],
    destination_ips: [],
    description: 'ssh',
  },
];

const firewallJson = (overrides: Readonly<Record<string, unknown>> = {}) => ({
  id: 9,
  name: 'shop',
  labels,
  rules: rulesJson,
  applied_to: [],
  ...overrides,
});

const changedRules: readonly (readonly [string, readonly unknown[]])[] = [
  ['a rule is missing', rulesJson.slice(1)],
  ['a rule is too many', [...rulesJson, { ...rulesJson[1], port: '8080' }]],
  ['a rule is there twice', [...rulesJson, rulesJson[0]]],
  ['a port differs', [rulesJson[0], { ...rulesJson[1], port: '444' }, rulesJson[2]]],
  ['a port is a wider range', [rulesJson[0], { ...rulesJson[1], port: '443-444' }, rulesJson[2]]],
  ['an address differs', [rulesJson[0], { ...rulesJson[1], source_ips: ['0.0.0.0/0'] }, rulesJson[2]]],
  ['a rule is for the other direction', [{ ...rulesJson[0], direction: 'out' }, rulesJson[1], rulesJson[2]]],
  ['a description differs', [rulesJson[0], { ...rulesJson[1], description: 'web' }, rulesJson[2]]],
];

describe('ensuring a firewall', () => {
  it('changes nothing when the rules are the same in another order and spelling', async () => {
    const sameInOtherWords = rulesJson.map((rule) =>
      rule.port === '443' ? { ...rule, port: '443-443' } : rule,
    );
    api = await startApi(inOrder(page('firewalls', [firewallJson({ rules: sameInOtherWords })])));
    expect(await cloudFor(api).cloud.ensureFirewall('shop', webRules, labels)).toMatchObject({
      id: 9,
      rules: webRules,
    });
    expect(api.requests()).toEqual(['GET /firewalls']);
  });

  it.each(changedRules)('sets the rules when %s, and waits until they are applied', async (_name, rules) => {
    api = await startApi(
      inOrder(
        page('firewalls', [firewallJson({ rules })]),
        { status: 201, json: { actions: [actionJson(1), actionJson(2, { status: 'success' })] } },
        { json: { actions: [actionJson(1, { status: 'success' })] } },
      ),
    );
    await cloudFor(api).cloud.ensureFirewall('shop', webRules, labels);
    expect(api.requests()).toEqual(['GET /firewalls', 'POST /firewalls/9/actions/set_rules', 'GET /actions']);
    expect(api.calls[1]?.body).toEqual({
      rules: [
        {
          direction: 'in',
          protocol: 'tcp',
          port: '22',
          source_ips: ['203.0.113.0/24', '2001:DB8::/32'],
          description: 'ssh',
        },
        {
          direction: 'in',
          protocol: 'tcp',
          port: '443',
          source_ips: ['0.0.0.0/0', '::/0'],
          description: 'https',
        },
        { direction: 'in', protocol: 'icmp', source_ips: ['0.0.0.0/0'] },
      ],
    });
  });

  it('sets the rules again after a lock or a lost reply', async () => {
    api = await startApi(
      inOrder(page('firewalls', [firewallJson({ rules: [] })]), apiError(423, 'locked'), 'destroy', {
        status: 201,
        json: { actions: [] },
      }),
    );
    await cloudFor(api).cloud.ensureFirewall('shop', webRules, labels);
    expect(api.calls).toHaveLength(4);
  });

  it('creates it with rules and labels, exactly once when the reply is lost', async () => {
    api = await startApi(inOrder(page('firewalls', []), 'destroy', page('firewalls', [firewallJson()])));
    expect((await cloudFor(api).cloud.ensureFirewall('shop', webRules, labels)).id).toBe(9);
    expect(api.requests()).toEqual(['GET /firewalls', 'POST /firewalls', 'GET /firewalls']);
    expect(api.calls[1]?.body).toMatchObject({ name: 'shop', labels });
  });

  it('refuses a foreign one', async () => {
    api = await startApi(inOrder(page('firewalls', [firewallJson({ labels: {} })])));
    await expect(cloudFor(api).cloud.ensureFirewall('shop', webRules, labels)).rejects.toMatchObject({
      code: errors.nameTaken,
    });
    expect(api.calls).toHaveLength(1);
  });

  it('uses the oldest of several of ours, even if a foreign one has the same name', async () => {
    const all = [firewallJson({ id: 12 }), firewallJson({ id: 10 }), firewallJson({ id: 2, labels: {} })];
    api = await startApi(inOrder(page('firewalls', all)));
    expect((await cloudFor(api).cloud.ensureFirewall('shop', webRules, labels)).id).toBe(10);
  });

  it('reports rules that could not be applied', async () => {
    const error = { code: 'action_failed', message: 'no' };
    api = await startApi(
      inOrder(
        page('firewalls', []),
        {
          status: 201,
          json: { firewall: firewallJson(), actions: [actionJson(1, { status: 'error', error })] },
        },
        { json: { actions: [actionJson(1, { status: 'error', error })] } },
      ),
    );
    await expect(cloudFor(api).cloud.ensureFirewall('shop', webRules, labels)).rejects.toMatchObject({
      code: errors.providerActionFailed,
    });
  });
});

describe('deleting a firewall', () => {
  it('tries again while a server that is being deleted still uses it', async () => {
    const held = apiError(422, 'resource_in_use');
    api = await startApi(
      inOrder(page('firewalls', [firewallJson()]), held, held, apiError(423, 'locked'), { status: 204 }),
    );
    const { cloud, clock } = cloudFor(api);
    await cloud.deleteFirewall('shop', labels);
    expect(clock.monotonic()).toBeGreaterThanOrEqual(3_000);
    expect(api.calls).toHaveLength(5);
  });

  it('gives up after ten tries', async () => {
    api = await startApi((call) =>
      call.method === 'GET' ? page('firewalls', [firewallJson()]) : apiError(422, 'resource_in_use'),
    );
    await expect(cloudFor(api).cloud.deleteFirewall('shop', labels)).rejects.toMatchObject({
      code: errors.resourceLocked,
    });
    expect(api.calls).toHaveLength(11);
  });

  it('succeeds when it does not exist, and leaves a foreign one unchanged', async () => {
    api = await startApi(
      inOrder(
        page('firewalls', []),
        page('firewalls', [firewallJson({ labels: {} })]),
        page('firewalls', [firewallJson()]),
        apiError(404, 'not_found'),
      ),
    );
    const { cloud } = cloudFor(api);
    for (let i = 0; i < 3; i++) await cloud.deleteFirewall('shop', labels);
    expect(api.requests().filter((request) => request.startsWith('DELETE'))).toEqual(['DELETE /firewalls/9']);
  });
});
