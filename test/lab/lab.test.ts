import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { errors } from '../../src/fleet/error-catalogue.ts';
import { type Lab, startLab } from '../../src/lab/lab.ts';
import { labStatus, resetLab } from '../../src/lab/lab-status.ts';
import { launchDaemon } from '../../src/lab/launch-daemon.ts';
import { liveOwner } from '../../src/lab/owner.ts';
import { labLeftovers, stopLab } from '../../src/lab/stop-lab.ts';

const exec = promisify(execFile);
const runnable = process.platform === 'linux' && process.getuid?.() === 0;
if (!runnable) process.stderr.write('skipped: the lab needs Linux and root\n');

const run = process.pid.toString(36);
const name = `test-lab-${run}`;
const daemonName = `test-daemon-${run}`;
const killedName = `test-killed-lab-${run}`;
const orphanName = `test-orphan-${run}`;

describe.skipIf(!runnable)('the lab as a whole', () => {
  let dir: string;
  let lab: Lab;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'pressluft-lab-'));
    await exec('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', join(dir, 'client')]);
    await exec('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', join(dir, 'host')]);
    lab = await start();
  });
  afterAll(async () => {
    await lab?.close();
    for (const left of [name, daemonName, killedName, orphanName]) await stopLab(left);
    await rm(dir, { recursive: true, force: true });
  });

  function start(): Promise<Lab> {
    return startLab({
      name,
      dir: join(dir, 'lab'),
      warmImage: true,
      onProgress: (line) => process.stderr.write(`${line}\n`),
    });
  }

  // biome-ignore lint/suspicious/noExplicitAny: replies of the API, whose shape the contract test checks.
  async function api(method: string, path: string, body?: unknown): Promise<any> {
    const response = await fetch(`${lab.env().PRESSLUFT_HCLOUD_ENDPOINT}${path}`, {
      method,
      headers: { Authorization: `Bearer ${lab.env().HCLOUD_TOKEN}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return text === '' ? undefined : JSON.parse(text);
  }

  async function settled(...ids: readonly number[]): Promise<void> {
    for (;;) {
      const { actions } = await api('GET', `/actions?${ids.map((id) => `id=${id}`).join('&')}`);
      // biome-ignore lint/suspicious/noExplicitAny: as above.
      if (actions.every((action: any) => action.status !== 'running')) {
        expect(actions).toEqual(ids.map(() => expect.objectContaining({ status: 'success' })));
        return;
      }
      await sleep(100);
    }
  }

  /** Waits until no process serves the lab in `labDir`, since a signal does not end it at once. */
  async function ended(labDir: string): Promise<void> {
    for (let waited = 0; waited < 300 && (await liveOwner(labDir)) !== undefined; waited += 1)
      await sleep(100);
    expect(await liveOwner(labDir)).toBeUndefined();
  }

  async function ssh(ipv4: string, ...command: readonly string[]): Promise<string> {
    const hostKey = (await readFile(join(dir, 'host.pub'), 'utf8')).trim();
    await writeFile(join(dir, 'known_hosts'), `${ipv4} ${hostKey}\n`);
    const options = ['BatchMode=yes', 'IdentitiesOnly=yes', 'StrictHostKeyChecking=yes', 'ConnectTimeout=3'];
    const { stdout } = await exec('ssh', [
      ...[
        '-F',
        '/dev/null',
        '-i',
        join(dir, 'client'),
        '-o',
        `UserKnownHostsFile=${join(dir, 'known_hosts')}`,
      ],
      ...options.flatMap((option) => ['-o', option]),
      `root@${ipv4}`,
      ...command,
    ]);
    return stdout.trim();
  }

  async function createServer(server: string): Promise<{ id: number; ipv4: string }> {
    const publicKey = (await readFile(join(dir, 'client.pub'), 'utf8')).trim();
    const keys = await api('GET', '/ssh_keys?name=client');
    if (keys.ssh_keys.length === 0) await api('POST', '/ssh_keys', { name: 'client', public_key: publicKey });
    const hostPrivate = (await readFile(join(dir, 'host'), 'utf8')).trimEnd().replace(/^/gm, '    ');
    const hostPublic = (await readFile(join(dir, 'host.pub'), 'utf8')).trim();
    const created = await api('POST', '/servers', {
      name: server,
      server_type: 'cx23',
      image: 'debian-12',
      ssh_keys: ['client'],
      user_data: `#cloud-config\nssh_deletekeys: true\nssh_keys:\n  ed25519_private: |\n${hostPrivate}\n  ed25519_public: ${hostPublic}\n`,
    });
    await settled(created.action.id, created.next_actions[0].id);
    return { id: created.server.id, ipv4: created.server.public_net.ipv4.ip };
  }

  test('a server ordered from the API is a machine that answers over SSH with the pinned host key', async () => {
    const started = performance.now();
    const { id, ipv4 } = await createServer('web-1');
    expect(await ssh(ipv4, 'hostname')).toBe('web-1');
    process.stderr.write(`order to SSH: ${Math.round(performance.now() - started)} ms\n`);

    const { action } = await api('POST', `/servers/${id}/actions/poweroff`);
    await settled(action.id);
    await expect(ssh(ipv4, 'true')).rejects.toThrow();
    const again = await api('POST', `/servers/${id}/actions/poweron`);
    await settled(again.action.id);
    expect(await ssh(ipv4, 'hostname')).toBe('web-1');
  });

  test('a firewall of the API and a cut network block SSH to a running machine, and allow it again', async () => {
    const { servers } = await api('GET', '/servers?name=web-1');
    const { id, public_net: network } = servers[0];
    const ipv4 = network.ipv4.ip;
    const web = { direction: 'in', protocol: 'tcp', port: '80', source_ips: ['0.0.0.0/0'] };
    const apply_to = [{ type: 'server', server: { id } }];
    const created = await api('POST', '/firewalls', { name: 'web', rules: [web], apply_to });
    await settled(created.actions[0].id);
    await expect(ssh(ipv4, 'true')).rejects.toThrow();

    const rules = [web, { ...web, port: '22' }];
    const changed = await api('POST', `/firewalls/${created.firewall.id}/actions/set_rules`, { rules });
    // biome-ignore lint/suspicious/noExplicitAny: as above.
    await settled(...changed.actions.map((action: any) => action.id));
    expect(await ssh(ipv4, 'hostname')).toBe('web-1');

    await lab.api.setFaults([{ kind: 'network-cut', server: 'web-1' }]);
    await expect(ssh(ipv4, 'true')).rejects.toThrow();
    await lab.api.setFaults([]);
    // The host's neighbour table needs a moment to drop its failed entry.
    const answer = () => ssh(ipv4, 'hostname').catch(() => 'no answer');
    await expect.poll(answer, { timeout: 20_000, interval: 200 }).toBe('web-1');
  });

  test('a machine downloads an artifact from the mirror with the digest of the catalogue', async () => {
    const { id, ipv4 } = await createServer('web-2');
    const phar = lab.mirror.catalogue.wpCli['2.12.0'];
    expect(phar).toBeDefined();
    const url = `${lab.env().PRESSLUFT_ARTIFACT_MIRROR}${phar?.path}`;
    const script = `import urllib.request,hashlib; print(hashlib.sha256(urllib.request.urlopen("${url}").read()).hexdigest())`;
    expect(await ssh(ipv4, 'python3', '-c', `'${script}'`)).toBe(phar?.sha256);
    const { action } = await api('DELETE', `/servers/${id}`);
    await settled(action.id);
    expect((await lab.machines.list()).map((machine) => machine.name)).toEqual(['web-1']);
  });

  test('the older WordPress of the mirror installs with wp-cli on a machine', async () => {
    const { servers } = await api('GET', '/servers?name=web-1');
    const ipv4 = servers[0].public_net.ipv4.ip;
    const { wordpress, wpCli } = lab.mirror.catalogue;
    const [version = ''] = Object.keys(wordpress).toSorted();
    const paths = [wordpress[version]?.path, wpCli['2.12.0']?.path].map((path) => `${lab.mirror.url}${path}`);
    const wp = 'php wp-cli.phar --allow-root --path=wordpress';
    const script = [
      'set -e; cd /srv; systemctl start mariadb',
      `mysql -e "create database wp; create user wp@localhost identified by 'wp'; grant all on wp.* to wp@localhost"`,
      `python3 -c "from urllib.request import urlretrieve as get; get('${paths[0]}', 'wp.tar.gz'); get('${paths[1]}', 'wp-cli.phar')"`,
      'tar -xzf wp.tar.gz',
      `${wp} config create --dbname=wp --dbuser=wp --dbpass=wp --quiet`,
      `${wp} core install --url=http://t.example --title=T --admin_user=t --admin_email=t@t.example --skip-email --quiet`,
      `${wp} core version; ${wp} option get blogname; ${wp} post list --format=count`,
    ];
    const output = await ssh(
      ipv4,
      `echo ${Buffer.from(script.join('\n')).toString('base64')} | base64 -d | bash`,
    );
    expect(output.split('\n').slice(-3)).toEqual([version, 'T', '1']);
  });

  test('the mirror serves WordPress in two versions with the digests and checksums that it names', async () => {
    const { wordpress, plugins } = lab.mirror.catalogue;
    expect(Object.keys(wordpress)).toContain('7.1.1');
    expect(Object.keys(wordpress)).toHaveLength(2);
    expect(Object.keys(plugins.akismet ?? {})).toHaveLength(2);
    for (const [version, artifact] of Object.entries(wordpress)) {
      const bytes = Buffer.from(await (await fetch(`${lab.mirror.url}${artifact.path}`)).arrayBuffer());
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(artifact.sha256);
      const reply = await fetch(`${lab.mirror.url}/core/checksums/1.0/?version=${version}&locale=en_US`);
      const { checksums } = (await reply.json()) as { checksums: Record<string, string> };
      expect(checksums['wp-includes/version.php']).toMatch(/^[0-9a-f]{32}$/);
    }
    expect(await (await fetch(`${lab.mirror.url}/core/checksums/1.0/?version=1.0`)).json()).toEqual({
      checksums: false,
    });
    expect((await fetch(`${lab.mirror.url}/../catalogue.json/../../etc/passwd`)).status).toBe(404);
  });

  test('a restart keeps endpoint, tokens, servers and running machines', async () => {
    const before = lab.description;
    await lab.close();
    lab = await start();
    expect(lab.description).toEqual(before);
    const { servers } = await api('GET', '/servers?name=web-1');
    expect(servers).toMatchObject([{ status: 'running' }]);
    expect(await ssh(servers[0].public_net.ipv4.ip, 'hostname')).toBe('web-1');
  });

  test('a second process is refused with the process that serves the lab', async () => {
    await expect(start()).rejects.toMatchObject({
      code: errors.labRunning,
      message: expect.stringContaining(String(process.pid)),
    });
  });

  test('the daemon serves a second lab until it is stopped, and down leaves nothing', async () => {
    const daemonDir = join(dir, 'daemon');
    const options = { name: daemonName, dir: daemonDir, warmImage: true };
    const description = await launchDaemon(options, () => undefined);
    expect((await stat(join(daemonDir, 'lab.json'))).mode & 0o777).toBe(0o600);
    await expect(launchDaemon(options, () => undefined)).rejects.toMatchObject({ code: errors.labRunning });

    const order = { name: 'd-1', server_type: 'cx23', image: 'debian-12' };
    const reply = await fetch(`${description.cloud.endpoint}/servers`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${description.cloud.token}` },
      body: JSON.stringify(order),
    });
    expect(reply.status).toBe(201);
    const status = await labStatus(daemonName, daemonDir);
    expect(status).toMatchObject({ state: 'running', servers: [{ name: 'd-1' }], orphanMachines: [] });

    await resetLab(daemonName, daemonDir);
    expect(await labStatus(daemonName, daemonDir)).toMatchObject({ servers: [], orphanMachines: [] });

    expect(await stopLab(daemonName, daemonDir)).toEqual([]);
    expect(existsSync(daemonDir)).toBe(false);
  });

  test('down leaves nothing after the process that served the lab was killed in the middle of a boot', async () => {
    const daemonDir = join(dir, 'killed');
    const description = await launchDaemon(
      { name: killedName, dir: daemonDir, warmImage: true },
      () => undefined,
    );
    const order = { name: 'd-1', server_type: 'cx23', image: 'debian-12' };
    await fetch(`${description.cloud.endpoint}/servers`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${description.cloud.token}` },
      body: JSON.stringify(order),
    });
    const owner = await liveOwner(daemonDir);
    if (owner) process.kill(owner.pid, 'SIGKILL');
    await ended(daemonDir);
    expect((await labStatus(killedName, daemonDir)).state).toBe('stopped');
    expect(await labLeftovers(killedName, daemonDir)).not.toEqual([]);

    expect(await stopLab(killedName, daemonDir)).toEqual([]);
    expect(existsSync(daemonDir)).toBe(false);
  });

  test('a daemon whose parent ends before it is ready ends by itself', async () => {
    const daemonDir = join(dir, 'orphan');
    const script = `
      const { launchDaemon } = await import(${JSON.stringify(new URL('../../src/lab/launch-daemon.ts', import.meta.url).href)});
      await launchDaemon({ name: ${JSON.stringify(orphanName)}, dir: ${JSON.stringify(daemonDir)} }, () => process.stdout.write('started\\n'));
    `;
    const starter = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const said = await Promise.race([
      once(starter.stdout, 'data'),
      once(starter, 'exit').then(() => undefined),
    ]);
    expect(said).toBeDefined();
    starter.kill('SIGKILL');
    await ended(daemonDir);
    expect(await stopLab(orphanName, daemonDir)).toEqual([]);
  });

  test('Git pushes over HTTP can be fetched over SSH', async () => {
    const { git } = lab.description;
    const tree = join(dir, 'tree');
    const sshCommand = `ssh -F /dev/null -i ${git.sshKeyFile} -o IdentitiesOnly=yes -o BatchMode=yes -o StrictHostKeyChecking=yes -o UserKnownHostsFile=${join(dir, 'git_known_hosts')}`;
    const { hostname, port } = new URL(git.sshUrl);
    await writeFile(join(dir, 'git_known_hosts'), `[${hostname}]:${port} ${git.sshHostKey}\n`);
    const env = {
      PATH: process.env.PATH ?? '',
      HOME: dir,
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_SSH_COMMAND: sshCommand,
      GIT_AUTHOR_NAME: 't',
      GIT_AUTHOR_EMAIL: 't@example.invalid',
      GIT_COMMITTER_NAME: 't',
      GIT_COMMITTER_EMAIL: 't@example.invalid',
    };
    const url = git.httpUrl.replace('http://', `http://${git.user}:${git.password}@`);
    await exec('git', ['init', '-q', '-b', 'main', tree], { env });
    await writeFile(join(tree, 'pressluft.yaml'), 'x');
    await exec('git', ['-C', tree, 'add', '.'], { env });
    await exec('git', ['-C', tree, 'commit', '-q', '-m', 'first'], { env });
    await exec('git', ['-C', tree, 'push', '-q', url, 'main'], { env });
    await exec('git', ['clone', '-q', git.sshUrl, join(dir, 'clone')], { env });
    expect(await readFile(join(dir, 'clone/pressluft.yaml'), 'utf8')).toBe('x');
  });

  test('down leaves nothing of a lab with running machines', async () => {
    await lab.close();
    expect(await labLeftovers(name)).not.toEqual([]);
    expect(await stopLab(name)).toEqual([]);
    expect(existsSync(join(dir, 'lab'))).toBe(false);
  });
});
