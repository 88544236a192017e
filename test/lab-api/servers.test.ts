import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Harness, publicKey, startHarness } from './harness.ts';

let lab: Harness;
beforeEach(async () => {
  lab = await startHarness();
});
afterEach(() => lab.close());

/** Replaces the lab by one whose machines boot slowly enough to be seen doing it. */
async function bootTaking(bootMs: number): Promise<void> {
  await lab.close();
  lab = await startHarness({ bootMs });
}

const order = { name: 'web-1', server_type: 'cx23', image: 'debian-12', location: 'nbg1' };

describe('creating a server', () => {
  it('answers 201 with address, action and next actions, and ends in a running machine', async () => {
    await bootTaking(300);
    const { status, body } = await lab.send('POST', '/servers', order);

    expect(status).toBe(201);
    expect(body.server).toMatchObject({ name: 'web-1', status: 'initializing', locked: true });
    expect(body.server.public_net.ipv4.ip).toBe('10.213.0.2');
    expect(body.action).toMatchObject({ command: 'create_server', status: 'running' });
    expect(body.next_actions.map((action: { command: string }) => action.command)).toEqual(['start_server']);
    expect(body.root_password).toBeNull();

    await lab.api.idle();
    const after = await lab.send('GET', `/servers/${body.server.id}`);
    expect(after.body.server).toMatchObject({ status: 'running', locked: false });
    const actions = await lab.send('GET', `/actions?id=${body.action.id}&id=${body.next_actions[0].id}`);
    expect(actions.body.actions).toMatchObject([
      { status: 'success', progress: 100 },
      { status: 'success', progress: 100 },
    ]);
  });

  it('passes size, user data and the named SSH keys to the machine', async () => {
    const key = publicKey();
    const created = await lab.send('POST', '/ssh_keys', { name: 'deploy', public_key: key });
    await lab.server('by-name', { ssh_keys: ['deploy'], user_data: '#cloud-config\n' });
    await lab.server('by-id', { ssh_keys: [String(created.body.ssh_key.id)] });

    expect(lab.backend.specs.get(1)).toMatchObject({
      name: 'by-name',
      cores: 2,
      memoryMib: 4096,
      diskGib: 40,
      userData: '#cloud-config\n',
      sshAuthorizedKeys: [key],
    });
    expect(lab.backend.specs.get(2)?.sshAuthorizedKeys).toEqual([key]);
  });

  it('refuses a second server of the same name and creates no machine for it', async () => {
    await lab.server('web-1');
    const { status, body } = await lab.send('POST', '/servers', order);

    expect(status).toBe(409);
    expect(body.error).toMatchObject({ code: 'uniqueness_error', details: { fields: [{ name: 'name' }] } });
    expect(lab.backend.calls.filter((call) => call.startsWith('create'))).toHaveLength(1);
  });

  it('accepts exactly one of ten simultaneous orders of one name', async () => {
    const replies = await Promise.all(Array.from({ length: 10 }, () => lab.send('POST', '/servers', order)));

    expect(replies.filter((reply) => reply.status === 201)).toHaveLength(1);
    expect(replies.filter((reply) => reply.body.error?.code === 'uniqueness_error')).toHaveLength(9);
  });

  it.each([
    ['a missing name', { name: undefined }, 'name'],
    ['a name that is no host name', { name: 'under_score' }, 'name'],
    ['an unknown server type', { server_type: 'cx999' }, 'server_type'],
    ['an unknown location', { location: 'mars1' }, 'location'],
    ['too much user data', { user_data: 'x'.repeat(32 * 1024 + 1) }, 'user_data'],
    ['a label value with a space', { labels: { a: 'b c' } }, 'labels'],
    ['a reserved label', { labels: { 'hetzner.cloud/x': 'y' } }, 'labels'],
    ['an unknown image', { image: 'plan9' }, 'image'],
  ])('answers invalid_input naming the field for %s', async (_case, change, field) => {
    const { status, body } = await lab.send('POST', '/servers', { ...order, ...change });

    expect(status).toBe(422);
    expect(body.error.code).toBe('invalid_input');
    expect(body.error.details.fields.map((problem: { name: string }) => problem.name)).toContain(field);
    expect(lab.api.servers()).toEqual([]);
  });

  it('names the images that it can boot when an order has one that it only lists', async () => {
    const { status, body } = await lab.send('POST', '/servers', { ...order, image: 'ubuntu-24.04' });

    expect(status).toBe(422);
    expect(body.error.code).toBe('unsupported_error');
    expect(body.error.message).toContain('debian-12');
  });

  it.each([
    ['retired', 'cx22'],
    ['for another architecture', 'cax11'],
  ])('answers resource_unavailable for a type that is %s', async (_case, serverType) => {
    const { status, body } = await lab.send('POST', '/servers', { ...order, server_type: serverType });

    expect(status).toBe(412);
    expect(body.error.code).toBe('resource_unavailable');
  });

  it('answers resource_limit_exceeded beyond the limit of the account', async () => {
    const small = await startHarness({ maxServers: 1 });
    try {
      await small.server('one');
      const { status, body } = await small.send('POST', '/servers', order);
      expect(status).toBe(403);
      expect(body.error).toMatchObject({ code: 'resource_limit_exceeded', details: { limits: [{}] } });
    } finally {
      await small.close();
    }
  });

  it('accepts ids in the place of names, as numbers and as strings', async () => {
    const server = await lab.server('by-number', { server_type: 115, image: 114690387, location: 2 });
    const other = await lab.server('by-string', { server_type: '115', image: '114690387', location: '2' });

    for (const { server_type: type, image, location } of [server, other]) {
      expect([type.name, image.name, location.name]).toEqual(['cx33', 'debian-12', 'nbg1']);
    }
    const { status, body } = await lab.send('POST', '/servers', { ...order, server_type: 4711, image: 1.5 });
    expect([status, body.error.code]).toEqual([422, 'invalid_input']);
    expect(body.error.details.fields).toEqual([
      { name: 'image', messages: ['must be an id or a name'] },
      { name: 'server_type', messages: ["server type '4711' not found"] },
    ]);
  });

  it('leaves the server off when it should not be started', async () => {
    const server = await lab.server('cold', { start_after_create: false });

    expect(server.status).toBe('off');
    expect(lab.backend.calls).toEqual(['create 1', 'powerOff 1']);
  });
});

describe('actions on a server', () => {
  it.each([
    ['poweroff', 'powerOff 1', 'off'],
    ['shutdown', 'powerOff 1', 'off'],
    ['poweron', 'powerOn 1', 'running'],
    ['reboot', 'reboot 1', 'running'],
    ['reset', 'reboot 1', 'running'],
  ])('%s reaches the machine and shows in the status', async (name, call, status) => {
    const server = await lab.server('web-1');
    const { status: code, body } = await lab.send('POST', `/servers/${server.id}/actions/${name}`);
    await lab.api.idle();

    expect(code).toBe(201);
    expect(body.action.resources).toEqual([{ id: server.id, type: 'server' }]);
    expect(lab.backend.calls.at(-1)).toBe(call);
    expect((await lab.send('GET', `/servers/${server.id}`)).body.server.status).toBe(status);
  });

  it('rebuild installs the image again', async () => {
    const server = await lab.server('web-1');
    const { status, body } = await lab.send('POST', `/servers/${server.id}/actions/rebuild`, {
      image: 'debian-12',
    });
    await lab.api.idle();

    expect(status).toBe(201);
    expect(body).toMatchObject({ root_password: null, action: { command: 'rebuild_server' } });
    expect(lab.backend.calls.at(-1)).toBe('rebuild 1 debian-12');
  });

  it('rebuild takes an image by its id, and other user data', async () => {
    const server = await lab.server('web-1', { user_data: '#cloud-config\n' });
    const rebuild = (rest: object) =>
      lab.send('POST', `/servers/${server.id}/actions/rebuild`, { image: 114690387, ...rest });
    await rebuild({});
    await lab.api.idle();
    expect(lab.backend.specs.get(1)?.userData).toBe('#cloud-config\n');
    await rebuild({ user_data: '#!/bin/sh\n' });
    await lab.api.idle();

    expect(lab.backend.specs.get(1)).toMatchObject({ image: 'debian-12', userData: '#!/bin/sh\n' });
  });

  it('changes the type of a server that is off, and starts it', async () => {
    const server = await lab.server('web-1');
    const changeTo = (type: string | number, upgrade = false) =>
      lab.send('POST', `/servers/${server.id}/actions/change_type`, {
        server_type: type,
        upgrade_disk: upgrade,
      });
    const running = await changeTo('cx33');
    expect([running.status, running.body.error.code]).toEqual([422, 'server_not_stopped']);

    await lab.send('POST', `/servers/${server.id}/actions/poweroff`);
    await lab.api.idle();
    const { status, body } = await changeTo(115);
    await lab.api.idle();
    expect([status, body.action.command]).toEqual([201, 'change_server_type']);
    expect(lab.backend.calls.slice(-2)).toEqual(['resize 1', 'powerOn 1']);
    expect(lab.backend.specs.get(1)).toMatchObject({ cores: 4, memoryMib: 8192, diskGib: 40 });
    const { server: changed } = (await lab.send('GET', `/servers/${server.id}`)).body;
    expect(changed).toMatchObject({
      status: 'running',
      server_type: { name: 'cx33' },
      primary_disk_size: 40,
    });
  });

  it('never shrinks a disk, and changes to no type of another architecture', async () => {
    const server = await lab.server('web-1', { server_type: 'cx33', start_after_create: false });
    for (const type of ['cx23', 'cax21']) {
      const { status, body } = await lab.send('POST', `/servers/${server.id}/actions/change_type`, {
        server_type: type,
        upgrade_disk: true,
      });
      expect([status, body.error.code]).toEqual([422, 'invalid_server_type']);
    }
  });

  it('refuses with locked while another action runs', async () => {
    await bootTaking(300);
    const created = await lab.send('POST', '/servers', order);
    const { status, body } = await lab.send('POST', `/servers/${created.body.server.id}/actions/poweroff`);
    const removal = await lab.send('DELETE', `/servers/${created.body.server.id}`);

    expect([status, body.error.code]).toEqual([423, 'locked']);
    expect([removal.status, removal.body.error.code]).toEqual([423, 'locked']);
  });

  it('refuses to delete or rebuild a protected server', async () => {
    const server = await lab.server('web-1');
    await lab.send('POST', `/servers/${server.id}/actions/change_protection`, {
      delete: true,
      rebuild: true,
    });
    await lab.api.idle();
    const removal = await lab.send('DELETE', `/servers/${server.id}`);
    const rebuild = await lab.send('POST', `/servers/${server.id}/actions/rebuild`, { image: 'debian-12' });

    expect([removal.status, removal.body.error.code]).toEqual([423, 'protected']);
    expect([rebuild.status, rebuild.body.error.code]).toEqual([423, 'protected']);
  });

  it('lists the actions of one server only, newest first when asked', async () => {
    await lab.server('other');
    const server = await lab.server('web-1');
    await lab.send('POST', `/servers/${server.id}/actions/poweroff`);
    await lab.api.idle();
    const { body } = await lab.send('GET', `/servers/${server.id}/actions?sort=id:desc&status=success`);

    expect(body.actions.map((action: { command: string }) => action.command)).toEqual([
      'stop_server',
      'start_server',
      'create_server',
    ]);
  });
});

describe('the actions of a server', () => {
  it('are not found once it is deleted, except by their own ids', async () => {
    const server = await lab.server('web-1');
    const { body } = await lab.send('DELETE', `/servers/${server.id}`);
    await lab.api.idle();

    expect((await lab.send('GET', `/servers/${server.id}/actions`)).status).toBe(404);
    expect((await lab.send('GET', `/servers/${server.id}/actions/${body.action.id}`)).status).toBe(404);
    expect((await lab.send('GET', `/actions/${body.action.id}`)).body.action.status).toBe('success');
  });
});

describe('deleting a server', () => {
  it('destroys the machine, then the server is gone and its name is free', async () => {
    const server = await lab.server('web-1');
    const { status, body } = await lab.send('DELETE', `/servers/${server.id}`);
    expect(status).toBe(200);
    expect(body.action.command).toBe('delete_server');

    await lab.api.idle();
    expect((await lab.send('GET', `/servers/${server.id}`)).status).toBe(404);
    expect(await lab.backend.list()).toEqual([]);
    expect((await lab.server('web-1')).id).not.toBe(server.id);
  });
});

describe('changing a server', () => {
  it('renames and relabels, and refuses a name that is taken', async () => {
    await lab.server('taken');
    const server = await lab.server('web-1');
    const renamed = await lab.send('PUT', `/servers/${server.id}`, { name: 'web-2', labels: { a: 'b' } });
    const refused = await lab.send('PUT', `/servers/${server.id}`, { name: 'taken' });

    expect(renamed.body.server).toMatchObject({ name: 'web-2', labels: { a: 'b' } });
    expect([refused.status, refused.body.error.code]).toEqual([409, 'uniqueness_error']);
  });
});
