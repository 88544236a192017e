import { afterEach, describe, expect, it } from 'vitest';
import { type Harness, publicKey, readOnlyToken, startHarness } from './harness.ts';

let lab: Harness | undefined;
afterEach(async () => {
  await lab?.close();
  lab = undefined;
});

describe('authentication', () => {
  it('serves reads and refuses writes with a read-only token', async () => {
    lab = await startHarness();
    expect((await lab.send('GET', '/servers', undefined, readOnlyToken)).status).toBe(200);
    const refused = await lab.send('DELETE', '/servers/1', undefined, readOnlyToken);
    expect([refused.status, refused.body.error.code]).toEqual([401, 'token_readonly']);
  });
});

describe('rate limit', () => {
  it('counts down, refuses when the bucket is empty and refills with time', async () => {
    let nowMs = 1_800_000_000_000;
    lab = await startHarness({ now: () => nowMs, rateLimit: { limit: 3, refillPerSecond: 1 } });
    const first = await lab.send('GET', '/locations');
    expect(first.headers.get('ratelimit-limit')).toBe('3');
    expect(first.headers.get('ratelimit-remaining')).toBe('2');
    expect(first.headers.get('ratelimit-reset')).toBe('1800000001');
    await lab.send('GET', '/locations');
    await lab.send('GET', '/locations');

    const refused = await lab.send('GET', '/locations');
    expect([refused.status, refused.body.error.code]).toEqual([429, 'rate_limit_exceeded']);
    expect(refused.headers.get('ratelimit-remaining')).toBe('0');
    expect(refused.headers.get('ratelimit-reset')).toBe('1800000003');

    nowMs += 1000;
    expect((await lab.send('GET', '/locations')).status).toBe(200);
    expect((await lab.send('GET', '/locations')).status).toBe(429);
  });

  it('is kept per token', async () => {
    lab = await startHarness({ rateLimit: { limit: 1, refillPerSecond: 0.001 } });
    expect((await lab.send('GET', '/locations')).status).toBe(200);
    expect((await lab.send('GET', '/locations', undefined, readOnlyToken)).status).toBe(200);
    expect((await lab.send('GET', '/locations')).status).toBe(429);
  });
});

describe('lists', () => {
  it('are paged with at most 50 entries a page, in meta and in the Link header', async () => {
    lab = await startHarness();
    for (let index = 0; index < 60; index += 1) {
      await lab.send('POST', '/ssh_keys', { name: `k${index}`, public_key: publicKey() });
    }
    const second = await lab.send('GET', '/ssh_keys?page=2&per_page=25');
    expect(second.body.ssh_keys).toHaveLength(25);
    expect(second.body.meta.pagination).toEqual({
      page: 2,
      per_page: 25,
      previous_page: 1,
      next_page: 3,
      last_page: 3,
      total_entries: 60,
    });
    expect(second.headers.get('link')).toContain('page=3&per_page=25>; rel="next"');
    expect((await lab.send('GET', '/ssh_keys?per_page=1000')).body.ssh_keys).toHaveLength(50);
    expect((await lab.send('GET', '/ssh_keys?page=99')).body.ssh_keys).toEqual([]);
    expect((await lab.send('GET', '/ssh_keys?page=0')).body.error.code).toBe('invalid_input');
  });

  it('are filtered by name and label and sorted', async () => {
    lab = await startHarness();
    await lab.server('b', { labels: { env: 'prod', tier: 'web' } });
    await lab.server('a', { labels: { env: 'staging' } });
    await lab.server('c');
    const names = async (query: string) =>
      (await lab?.send('GET', `/servers?${query}`))?.body.servers.map(
        (server: { name: string }) => server.name,
      );

    expect(await names('name=a')).toEqual(['a']);
    expect(await names('sort=name')).toEqual(['a', 'b', 'c']);
    expect(await names('sort=id:desc')).toEqual(['c', 'a', 'b']);
    expect(await names(`label_selector=${encodeURIComponent('env in (prod,staging),!tier')}`)).toEqual(['a']);
    expect(await names('status=off')).toEqual([]);
    expect((await lab.send('GET', '/servers?sort=cores')).body.error.code).toBe('invalid_input');
    expect((await lab.send('GET', '/servers?label_selector=((')).body.error.code).toBe('invalid_input');
  });
});

describe('SSH keys', () => {
  it('are unique by name and by fingerprint', async () => {
    lab = await startHarness();
    const key = publicKey();
    const created = await lab.send('POST', '/ssh_keys', { name: 'k', public_key: key });
    const sameName = await lab.send('POST', '/ssh_keys', { name: 'k', public_key: publicKey() });
    const sameKey = await lab.send('POST', '/ssh_keys', { name: 'l', public_key: key });

    expect(created.body.ssh_key.fingerprint).toMatch(/^([0-9a-f]{2}:){15}[0-9a-f]{2}$/);
    expect([sameName.status, sameName.body.error.details.fields[0].name]).toEqual([409, 'name']);
    expect([sameKey.status, sameKey.body.error.details.fields[0].name]).toEqual([409, 'public_key']);
    const found = await lab.send('GET', `/ssh_keys?fingerprint=${created.body.ssh_key.fingerprint}`);
    expect(found.body.ssh_keys).toHaveLength(1);
  });

  it('are refused when they are invalid', async () => {
    lab = await startHarness();
    const reply = await lab.send('POST', '/ssh_keys', { name: 'k', public_key: 'ssh-ed25519 QUJD' });
    expect([reply.status, reply.body.error.code]).toEqual([422, 'invalid_input']);
  });
});

describe('firewalls', () => {
  const rules = [
    { direction: 'in', protocol: 'tcp', port: '22', source_ips: ['10.0.0.0/8'] },
    { direction: 'out', protocol: 'udp', port: '53', destination_ips: ['0.0.0.0/0'] },
  ];
  const inbound = [{ protocol: 'tcp', port: '22', sourceIps: ['10.0.0.0/8'] }];

  it('are enforced on the servers they are applied to, and lifted when removed', async () => {
    lab = await startHarness();
    const { firewall } = (await lab.send('POST', '/firewalls', { name: 'f', rules })).body;
    const server = await lab.server('web-1', { firewalls: [{ firewall: firewall.id }] });
    expect(lab.backend.firewalls.get(server.id)).toEqual(inbound);
    expect(server.public_net.firewalls).toEqual([{ id: firewall.id, status: 'applied' }]);

    await lab.send('POST', `/firewalls/${firewall.id}/actions/set_rules`, { rules: [] });
    await lab.api.idle();
    expect(lab.backend.firewalls.get(server.id)).toEqual([]);

    const refused = await lab.send('DELETE', `/firewalls/${firewall.id}`);
    expect([refused.status, refused.body.error.code]).toEqual([422, 'resource_in_use']);

    const target = [{ type: 'server', server: { id: server.id } }];
    await lab.send('POST', `/firewalls/${firewall.id}/actions/remove_from_resources`, {
      remove_from: target,
    });
    await lab.api.idle();
    expect(lab.backend.firewalls.get(server.id)).toBeUndefined();
    expect((await lab.send('DELETE', `/firewalls/${firewall.id}`)).status).toBe(204);
  });

  it('follow a label selector when labels change', async () => {
    lab = await startHarness();
    const server = await lab.server('web-1');
    const apply_to = [{ type: 'label_selector', label_selector: { selector: 'role=web' } }];
    const { firewall } = (await lab.send('POST', '/firewalls', { name: 'f', rules, apply_to })).body;
    expect(lab.backend.firewalls.get(server.id)).toBeUndefined();

    await lab.send('PUT', `/servers/${server.id}`, { labels: { role: 'web' } });
    expect(lab.backend.firewalls.get(server.id)).toEqual(inbound);
    const { applied_to: applied } = (await lab.send('GET', `/firewalls/${firewall.id}`)).body.firewall;
    expect(applied[0].applied_to_resources).toEqual([{ type: 'server', server: { id: server.id } }]);
    const direct = await lab.send('POST', `/firewalls/${firewall.id}/actions/remove_from_resources`, {
      remove_from: [{ type: 'server', server: { id: server.id } }],
    });
    expect(direct.body.error.code).toBe('firewall_managed_by_label_selector');
  });

  it('are detached when their server is deleted', async () => {
    lab = await startHarness();
    const { firewall } = (await lab.send('POST', '/firewalls', { name: 'f', rules })).body;
    const server = await lab.server('web-1', { firewalls: [{ firewall: firewall.id }] });
    await lab.send('DELETE', `/servers/${server.id}`);
    await lab.api.idle();
    expect((await lab.send('DELETE', `/firewalls/${firewall.id}`)).status).toBe(204);
  });

  it.each([
    ['a port out of range', { direction: 'in', protocol: 'tcp', port: '70000', source_ips: ['0.0.0.0/0'] }],
    ['a port with icmp', { direction: 'in', protocol: 'icmp', port: '1', source_ips: ['0.0.0.0/0'] }],
    [
      'a source that is no network',
      { direction: 'in', protocol: 'tcp', port: '1', source_ips: ['everywhere'] },
    ],
    ['an inbound rule without sources', { direction: 'in', protocol: 'tcp', port: '1' }],
  ])('refuse %s', async (_case, rule) => {
    lab = await startHarness();
    const reply = await lab.send('POST', '/firewalls', { name: 'f', rules: [rule] });
    expect([reply.status, reply.body.error.code]).toEqual([422, 'invalid_input']);
  });
});
