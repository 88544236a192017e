import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { httpGet } from '../../scripts/demo/http-get.ts';
import { errors } from '../../src/fleet/error-catalogue.ts';
import { createFleet, type E2eFleet, eventually, finish } from '../support/e2e-fleet.ts';
import { type TestLab, testLab } from '../support/e2e-lab.ts';
import { environment, smallFleet } from '../support/small-fleet.ts';
import { onNode } from '../support/ssh.ts';

const exec = promisify(execFile);

describe('faults of nodes, repository and controller', () => {
  let test: TestLab;
  let fleet: E2eFleet;

  const details = async (ref: string) => ((await fleet.status(ref))?.details ?? {}) as Record<string, string>;
  const address = async (node: string) => (await details(`node/${node}`)).ipv4 ?? '';
  const get = async (name: string, node: string) =>
    httpGet(await address(node), new URL((await details(`environment/${name}`)).previewUrl ?? '').host);
  const serverOf = (node: string) => {
    const server = test.lab.api.servers().find((candidate) => candidate.name === `small-${node}`);
    if (server === undefined) throw new Error(`no server of ${node}`);
    return server;
  };

  beforeAll(async () => {
    test = await testLab('e2enode');
    const nodes = { alpha: ['one', 'two'], beta: ['three'] };
    fleet = await createFleet(
      test.lab,
      smallFleet(test.lab.mirror.catalogue, { nodes, deletionPolicy: 'delete', allowSnippets: ['one'] }),
    );
  });
  afterAll(async () => {
    await fleet?.remove();
    await test?.end();
  });

  /** Whether a run of that playbook of this fleet is under way. */
  const isRunning = (playbook: string) =>
    exec('pgrep', ['-f', `${fleet.stateDir}.*${playbook}.yml|${playbook}.yml.*${fleet.stateDir}`]).then(
      () => true,
      () => false,
    );

  /** Kills the controller, and only it, as soon as Ansible runs that playbook. */
  async function killDuring(playbook: string, delayMs: number): Promise<void> {
    const child = fleet.start(['reconcile']);
    const ended = finish(child, 600_000);
    await eventually(`${playbook} runs`, () => isRunning(playbook), Boolean, 600_000);
    await new Promise((done) => setTimeout(done, delayMs));
    process.kill(-(child.pid ?? 0), 'SIGKILL');
    await ended;
  }

  it('a kill during provisioning is finished by the next pass', async () => {
    await killDuring('node-provision', 1500);
    expect(test.lab.api.servers()).toHaveLength(2);
  });

  it('a kill during environment converge is finished by the next pass, without duplicates', async () => {
    await killDuring('environment-converge', 2000);
    const pass = await fleet.pressluft(['reconcile']);
    expect(pass, pass.stderr).toMatchObject({ code: 0 });
    for (const name of ['one', 'two', 'three']) {
      expect(await fleet.ready(`environment/${name}`), name).toBe('True Converged');
    }
    const node = await address('alpha');
    const databases = await onNode(fleet.stateDir, node, `mariadb -N -e "SHOW DATABASES LIKE 'pl\\_%'"`);
    expect(databases.split('\n').sort()).toEqual(['pl_one', 'pl_two']);
    expect(test.lab.api.servers()).toHaveLength(2);
    const interrupted = await fleet.git(
      'grep',
      '-l',
      'interrupted: true',
      'origin/pressluft/status',
      '--',
      'runs/',
    );
    expect(interrupted.split('\n').length).toBeGreaterThanOrEqual(1);
  });

  it('a template in a manifest reaches neither Ansible nor the node', async () => {
    const commit = await fleet.commit(
      { 'environments/evil.yaml': environment('evil', 'alpha', { title: "{{ lookup('pipe','id') }}" }) },
      'test: a template',
    );
    const pass = await fleet.pressluft(['reconcile']);
    expect(pass.code).toBe(2);
    expect(await onNode(fleet.stateDir, await address('alpha'), 'ls /srv/pressluft')).not.toContain('evil');
    await fleet.revert(commit);
  });

  it('a broken manifest blocks what it describes, and other work continues', async () => {
    const commit = await fleet.commit(
      {
        'environments/one.yaml': 'kind: Environment\n  broken: [',
        'environments/two.yaml': environment('two', 'alpha', {
          deletionPolicy: 'delete',
          php: { version: '8.2', memoryLimit: '300M' },
        }),
      },
      'test: broken',
    );
    const pass = await fleet.pressluft(['reconcile']);
    expect(pass.code).toBe(2);
    expect((await get('one', 'alpha')).status).toBe(200);
    const pools = await onNode(fleet.stateDir, await address('alpha'), 'cat /etc/pressluft-php/two.conf');
    expect(pools).toContain('300M');
    await fleet.revert(commit);
    expect((await fleet.pressluft(['reconcile'])).code).toBe(0);
  });

  it('a broken nginx snippet fails alone: the old configuration stays live, and other work continues', async () => {
    const commit = await fleet.commit(
      {
        'environments/one.yaml': environment('one', 'alpha', {
          deletionPolicy: 'delete',
          nginx: { serverSnippet: 'rewrite "^/(" /a permanent;\n' },
        }),
        'environments/four.yaml': environment('four', 'alpha', { deletionPolicy: 'delete' }),
      },
      'test: a broken snippet',
    );
    const pass = await fleet.pressluft(['reconcile']);
    expect(pass.code).toBe(4);
    expect((await get('one', 'alpha')).status).toBe(200);
    expect(await fleet.ready('environment/four')).toBe('True Converged');
    expect(JSON.stringify(await fleet.status('environment/one'))).toContain(
      'nginx does not accept line 1 of spec.nginx.serverSnippet',
    );
    expect(await onNode(fleet.stateDir, await address('alpha'), 'nginx -t 2>&1')).toContain('successful');
    await fleet.revert(commit);
    const healed = await fleet.pressluft(['reconcile']);
    expect(healed, healed.stderr).toMatchObject({ code: 0 });
    expect(await onNode(fleet.stateDir, await address('alpha'), 'ls /srv/pressluft')).not.toContain('four');
  });

  it('a node that is powered off blocks only its own environments', async () => {
    const server = serverOf('beta');
    await test.lab.machines.powerOff(server.id);
    const commit = await fleet.commit(
      {
        'environments/three.yaml': environment('three', 'beta', {
          deletionPolicy: 'delete',
          php: { version: '8.2', memoryLimit: '300M' },
        }),
        'environments/five.yaml': environment('five', 'alpha', { deletionPolicy: 'delete' }),
      },
      'test: two nodes',
    );
    const pass = await fleet.pressluft(['reconcile']);
    expect(pass.code).toBe(4);
    expect(await fleet.ready('environment/three')).toBe('False NodeUnreachable');
    expect(await fleet.ready('environment/five')).toBe('True Converged');
    await test.lab.machines.powerOn(server.id);
    expect((await fleet.pressluft(['reconcile'])).code).toBe(0);
    expect(await fleet.ready('environment/three')).toBe('True Converged');
    await fleet.revert(commit);
    expect((await fleet.pressluft(['reconcile'])).code).toBe(0);
  });

  it('when somebody else pushes to the status branch meanwhile, both records are kept and nothing is forced', async () => {
    await fleet.edit(
      'environments/two.yaml',
      /^spec:$/m,
      'spec:\n  access: { noindex: false }',
      'test: a change that takes a moment',
    );
    // The node's lock keeps the run at work until the other push is done, however slow this machine is.
    const node = await address('alpha');
    const lock = 'systemd-run -q --unit=holds-the-lock flock /run/pressluft.lock sleep 600';
    await onNode(
      fleet.stateDir,
      node,
      `${lock}; while flock -n /run/pressluft.lock true; do sleep 0.1; done`,
    );
    const pass = fleet.pressluft(['reconcile']);
    await eventually(
      'the environment is converged',
      () => isRunning('environment-converge'),
      Boolean,
      600_000,
    );
    await fleet.git('fetch', '-q', 'origin');
    await fleet.git('checkout', '-q', '--detach', 'origin/pressluft/status');
    await writeFile(join(fleet.workTree, 'notes.md'), 'From a person.\n');
    await fleet.git('add', 'notes.md');
    await fleet.git('commit', '-q', '-m', 'docs: a note');
    await fleet.git('push', '-q', 'origin', 'HEAD:pressluft/status');
    await onNode(fleet.stateDir, node, 'systemctl stop holds-the-lock');
    const theirs = await fleet.git('rev-parse', 'HEAD');
    await fleet.git('checkout', '-q', 'main');

    const ended = await pass;
    expect(ended, ended.stderr).toMatchObject({ code: 0 });
    const commits = await fleet.statusCommits();
    expect(commits.indexOf(theirs)).toBe(1);
    expect(await fleet.git('show', 'origin/pressluft/status:notes.md')).toBe('From a person.');
    expect(await fleet.git('show', '--stat', '--format=', commits[0] ?? '')).toContain('runs/');
    expect(await fleet.ready('environment/two')).toBe('True Converged');
  });

  it('a second daemon on the same state is refused with the pid of the first', async () => {
    const daemon = fleet.start(['run', '--poll-interval', '1s']);
    const ended = finish(daemon, 600_000);
    try {
      await eventually('it holds the lock', holder, (pid) => pid === daemon.pid, 300_000);
      const refused = await fleet.pressluft(['reconcile']);
      expect(refused.code).toBe(3);
      expect(refused.stderr).toContain(errors.stateLocked);
      expect(refused.stderr).toContain(String(daemon.pid));
    } finally {
      process.kill(-(daemon.pid ?? 0), 'SIGTERM');
      expect((await ended).code).toBe(0);
    }
  });

  async function holder(): Promise<number | undefined> {
    const text = await readFile(join(fleet.stateDir, 'lock.json'), 'utf8').catch(() => '{}');
    return (JSON.parse(text) as { pid?: number }).pid;
  }

  it('the daemon picks up a pushed commit by itself', async () => {
    const daemon = fleet.start(['run', '--poll-interval', '1s']);
    const ended = finish(daemon, 800_000);
    try {
      await fleet.commit(
        { 'environments/six.yaml': environment('six', 'beta', { deletionPolicy: 'delete' }) },
        'feat: one more',
      );
      await eventually(
        'six is served',
        () => fleet.ready('environment/six'),
        (ready) => ready === 'True Converged',
        600_000,
        500,
      );
      expect((await get('six', 'beta')).status).toBe(200);
    } finally {
      process.kill(-(daemon.pid ?? 0), 'SIGTERM');
      expect((await ended).code).toBe(0);
    }
  });

  it('a full disk of the controller is a clear error, and nothing is lost once there is space', async () => {
    const disk = join(fleet.stateDir, '..', 'small-disk');
    await exec('mkdir', ['-p', disk]);
    await exec('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', disk]);
    try {
      await exec('cp', ['-a', `${fleet.stateDir}/.`, disk]);
      await fleet.edit('site.yaml', 'title: Shop', 'title: Our Shop', 'test: while the disk is full');
      await exec('sh', ['-c', `dd if=/dev/zero of=${disk}/filler bs=64k 2>/dev/null || true`]);
      const full = await fleet.pressluft(['reconcile'], { env: { PRESSLUFT_STATE_DIR: disk } });
      expect(full.code, full.stderr).toBe(3);
      expect(full.stderr).toMatch(/PL3012|PL3011/);
      await exec('rm', [`${disk}/filler`]);
      const freed = await fleet.pressluft(['reconcile'], { env: { PRESSLUFT_STATE_DIR: disk } });
      expect(freed, freed.stderr).toMatchObject({ code: 0 });
      expect(await fleet.ready('environment/two')).toBe('True Converged');
    } finally {
      await exec('umount', ['-l', disk]);
    }
  });

  it('an environment that is removed with policy delete leaves nothing on the node', async () => {
    await fleet.commit({ 'environments/six.yaml': null }, 'chore: six is not needed');
    const pass = await fleet.pressluft(['reconcile']);
    expect(pass, pass.stderr).toMatchObject({ code: 0 });
    const left = await onNode(
      fleet.stateDir,
      await address('beta'),
      `id pl-six 2>/dev/null; ls -d /srv/pressluft/six /etc/pressluft/environments/six.json 2>/dev/null; mariadb -N -e "SHOW DATABASES LIKE 'pl\\_six'"; true`,
    );
    expect(left).toBe('');
    expect(await fleet.status('environment/six')).toBeUndefined();
  });

  it('a protected environment survives the removal of its manifest', async () => {
    await fleet.commit(
      { 'environments/two.yaml': environment('two', 'alpha', { deletionPolicy: 'delete', protected: true }) },
      'test: protect',
    );
    expect((await fleet.pressluft(['reconcile'])).code).toBe(0);
    await fleet.commit({ 'environments/two.yaml': null }, 'test: remove the protected one');
    const pass = await fleet.pressluft(['reconcile']);
    expect(pass.code).toBe(6);
    expect(await fleet.ready('environment/two')).toBe('False Protected');
    expect((await get('two', 'alpha')).status).toBe(200);
  });

  it('the log of a pass holds no secret', async () => {
    const pass = await fleet.pressluft(['reconcile'], { env: { PRESSLUFT_LOG_LEVEL: 'debug' } });
    const key = await readFile(join(fleet.stateDir, 'ssh', 'id_ed25519'), 'utf8');
    const secrets = [
      test.lab.description.cloud.token,
      test.lab.description.git.password,
      key.split('\n')[2] ?? '',
    ];
    for (const secret of secrets) expect(pass.stdout + pass.stderr).not.toContain(secret);
  });
});
