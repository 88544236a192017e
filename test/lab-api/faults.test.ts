import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type Harness, startHarness } from './harness.ts';

let lab: Harness;
afterEach(() => lab.close());

const order = { name: 'web-1', server_type: 'cx23', image: 'debian-12' };

describe('faults', () => {
  it('lose the reply after the effect: the client sees a broken connection and exactly one server exists', async () => {
    lab = await startHarness();
    await lab.control('PUT', '/faults', {
      faults: [{ kind: 'lost-reply', method: 'POST', path: '^/v1/servers$', times: 1 }],
    });
    await expect(lab.send('POST', '/servers', order)).rejects.toThrow();

    expect((await lab.send('GET', '/servers?name=web-1')).body.servers).toHaveLength(1);
    expect((await lab.send('POST', '/servers', order)).body.error.code).toBe('uniqueness_error');
    expect(lab.api.journal.entries().filter((entry) => entry.method === 'POST')).toMatchObject([
      { status: 0, decided: 201 },
      { status: 409, errorCode: 'uniqueness_error' },
    ]);
  });

  it('lose the request before it has an effect', async () => {
    lab = await startHarness({ faults: [{ kind: 'lost-reply', method: 'POST', before: true, times: 1 }] });
    await expect(lab.send('POST', '/servers', order)).rejects.toThrow();
    expect(lab.api.servers()).toEqual([]);
    expect((await lab.send('POST', '/servers', order)).status).toBe(201);
  });

  it('answer with a status the given number of times, then no more', async () => {
    lab = await startHarness({ faults: [{ kind: 'status', status: 503, times: 2 }] });
    const statuses = [];
    for (let index = 0; index < 3; index += 1) statuses.push((await lab.send('GET', '/locations')).status);
    expect(statuses).toEqual([503, 503, 200]);
  });

  it('answer 429 with an empty bucket in the headers', async () => {
    lab = await startHarness({ faults: [{ kind: 'status', status: 429, times: 1 }] });
    const reply = await lab.send('GET', '/locations');
    expect([reply.status, reply.body.error.code]).toEqual([429, 'rate_limit_exceeded']);
    expect(reply.headers.get('ratelimit-remaining')).toBe('0');
  });

  it('answer 502 as a proxy does, without JSON', async () => {
    lab = await startHarness({ faults: [{ kind: 'status', status: 502, html: true, times: 1 }] });
    expect((await lab.send('GET', '/locations')).headers.get('content-type')).toContain('text/html');
  });

  it('apply with the given probability', async () => {
    const draws = [0.1, 0.9, 0.1];
    lab = await startHarness({
      random: () => draws.shift() ?? 0.9,
      faults: [{ kind: 'status', status: 500, probability: 0.5 }],
    });
    const statuses = [];
    for (let index = 0; index < 4; index += 1) statuses.push((await lab.send('GET', '/locations')).status);
    expect(statuses).toEqual([500, 200, 500, 200]);
  });

  it.each([
    [false, []],
    [true, ['create 1']],
  ])('end an action in error (after its effect: %s)', async (afterEffect, calls) => {
    lab = await startHarness({
      faults: [
        { kind: 'action-error', command: 'create_server', code: 'server_error', afterEffect, times: 1 },
      ],
    });
    const { body } = await lab.send('POST', '/servers', order);
    await lab.api.idle();
    const { action } = (await lab.send('GET', `/actions/${body.action.id}`)).body;
    expect(action).toMatchObject({ status: 'error', error: { code: 'server_error' } });
    expect(lab.backend.calls.slice(0, 1)).toEqual(afterEffect ? calls : ['powerOn 1']);
  });

  it('mark a type as sold out, in the catalogue as well', async () => {
    lab = await startHarness({ faults: [{ kind: 'sold-out', serverType: 'cx23', location: 'fsn1' }] });
    const refused = await lab.send('POST', '/servers', { ...order, location: 'fsn1' });
    expect([refused.status, refused.body.error.code]).toEqual([412, 'resource_unavailable']);
    const { body } = await lab.send('GET', '/server_types?name=cx23');
    const available = body.server_types[0].locations.map((item: { available: boolean }) => item.available);
    expect(available).toEqual([false, true, true]);
    expect((await lab.send('POST', '/servers', { ...order, location: 'hel1' })).status).toBe(201);
  });

  it('hide a new server from lists for a while, but not from its own URL', async () => {
    let nowMs = Date.now();
    lab = await startHarness({ now: () => nowMs, faults: [{ kind: 'eventual-list', ms: 1000 }] });
    const server = await lab.server('web-1');
    expect((await lab.send('GET', '/servers?name=web-1')).body.servers).toEqual([]);
    expect((await lab.send('GET', `/servers/${server.id}`)).status).toBe(200);
    nowMs += 1000;
    expect((await lab.send('GET', '/servers?name=web-1')).body.servers).toHaveLength(1);
  });

  it("cut and restore a machine's network", async () => {
    lab = await startHarness();
    const server = await lab.server('web-1');
    await lab.api.setFaults([{ kind: 'network-cut', server: 'web-1' }]);
    expect([...lab.backend.cut]).toEqual([server.id]);
    await lab.api.setFaults([]);
    expect([...lab.backend.cut]).toEqual([]);
  });

  it('are refused with a reason when they are invalid', async () => {
    lab = await startHarness();
    const reply = await lab.control('PUT', '/faults', { faults: [{ kind: 'earthquake' }] });
    expect([reply.status, reply.body.error.code]).toEqual([422, 'invalid_input']);
    expect(reply.body.error.message).toContain('network-cut');
  });
});

describe('control endpoints', () => {
  it("need the lab's own token and keep keys and user data out of the journal", async () => {
    lab = await startHarness();
    await lab.send('POST', '/servers', { ...order, user_data: '#cloud-config\nsecret: hunter2\n' });
    const refused = await fetch(lab.url.replace('/v1', '/_lab/journal'), {
      headers: { Authorization: 'Bearer rw-token' },
    });
    expect(refused.status).toBe(401);
    const { body } = await lab.control('GET', '/journal');
    expect(body.requests).toMatchObject([{ method: 'POST', path: '/v1/servers', status: 201 }]);
    expect(JSON.stringify(body)).not.toContain('hunter2');
  });
});

describe('a restart', () => {
  it('finds servers, keys and actions again', async () => {
    lab = await startHarness();
    const server = await lab.server('web-1', { labels: { a: 'b' } });
    const file = join(lab.stateFile, '..', 'copy.json');
    await copyFile(lab.stateFile, file);
    const second = await startHarness({ stateFile: file, backend: lab.backend });
    try {
      const found = await second.send('GET', `/servers/${server.id}`);
      expect(found.body.server).toEqual(server);
      expect((await second.server('web-2')).id).toBe(server.id + 1);
    } finally {
      await second.close();
    }
  });

  it('in the middle of a boot finishes the creation with the same machine', async () => {
    lab = await startHarness({
      faults: [{ kind: 'slow-action', command: 'create_server', ms: 60_000 }],
      addressWaitMs: 0,
    });
    const { body } = await lab.send('POST', '/servers', order);
    const file = join(lab.stateFile, '..', 'copy.json');
    await copyFile(lab.stateFile, file);
    const second = await startHarness({ stateFile: file, backend: lab.backend });
    try {
      await second.api.idle();
      const found = await second.send('GET', `/servers/${body.server.id}`);
      expect(found.body.server).toMatchObject({ status: 'running', locked: false });
      expect(lab.backend.calls).toEqual(['create 1', 'powerOn 1']);
      const { action } = (await second.send('GET', `/actions/${body.action.id}`)).body;
      expect(action.status).toBe('success');
    } finally {
      await second.close();
    }
  });
});
