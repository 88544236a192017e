import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { errors } from '../../src/fleet/error-catalogue.ts';
import type { MachineSpec } from '../../src/lab/machines/backend.ts';
import { destroyAll, findLeftovers } from '../../src/lab/machines/leftovers.ts';
import { createMachineLab, type MachineLab } from '../../src/lab/machines/machine-lab.ts';

const exec = promisify(execFile);
const runnable = process.platform === 'linux' && process.getuid?.() === 0;
const say = (line: string) => process.stderr.write(`${line}\n`);
if (!runnable) say('skipped: the machines of the lab need Linux and root');

const run = process.pid.toString(36);
const bareLab = `test-bare-${run}`;
const warmLab = `test-warm-${run}`;
const killedLab = `test-killed-${run}`;

describe.skipIf(!runnable)('the machines of a lab', () => {
  let dir: string;
  let bare: MachineLab;
  let warm: MachineLab;
  let clientKey: string;
  let userData: string;
  let knownHosts: (ipv4: string) => Promise<string>;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'pressluft-machines-'));
    for (const name of ['client', 'host']) {
      await exec('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', join(dir, name)]);
    }
    clientKey = (await readFile(join(dir, 'client.pub'), 'utf8')).trim();
    const hostPrivate = await readFile(join(dir, 'host'), 'utf8');
    const hostPublic = (await readFile(join(dir, 'host.pub'), 'utf8')).trim();
    userData = `#cloud-config
disable_root: true
ssh_deletekeys: true
ssh_keys:
  ed25519_private: |
${hostPrivate.trimEnd().replace(/^/gm, '    ')}
  ed25519_public: ${hostPublic}
users:
  - name: pressluft
    shell: /bin/bash
    sudo: ALL=(ALL) NOPASSWD:ALL
    lock_passwd: true
    ssh_authorized_keys: ["${clientKey}"]
write_files:
  - { path: /etc/pressluft/marker, permissions: "0600", encoding: b64, content: aGVsbG8= }
  - { path: /srv/link/passwd, content: "through a link" }
runcmd:
  - [touch, "/root/it's done"]
`;
    knownHosts = async (ipv4) => {
      const path = join(dir, `known-hosts-${ipv4}`);
      await writeFile(path, `${ipv4} ${hostPublic}\n`);
      return path;
    };
    const open = (name: string, warmImage: boolean) =>
      createMachineLab({ name, dir: join(dir, name), warmImage, onProgress: say });
    bare = await open(bareLab, false);
    warm = await open(warmLab, true);
  });

  afterAll(async () => {
    await bare?.close();
    await warm?.close();
    for (const name of [bareLab, warmLab, killedLab]) await destroyAll(name);
    if (dir !== undefined) await rm(dir, { recursive: true, force: true });
  });

  function spec(id: number, name: string): MachineSpec {
    return {
      ...{ id, name, image: 'debian-12', cores: 2, memoryMib: 2048, diskGib: 20 },
      ...{ userData, sshAuthorizedKeys: [clientKey] },
    };
  }

  async function ssh(ipv4: string, command: string, user = 'pressluft'): Promise<string> {
    const options = ['BatchMode=yes', 'StrictHostKeyChecking=yes', 'ConnectTimeout=5', 'LogLevel=ERROR'];
    const { stdout } = await exec(
      'ssh',
      [
        ...['-F', 'none', '-i', join(dir, 'client'), '-o', `UserKnownHostsFile=${await knownHosts(ipv4)}`],
        ...options.flatMap((option) => ['-o', option]),
        ...[`${user}@${ipv4}`, command],
      ],
      { timeout: 60_000 },
    );
    return stdout.trim();
  }

  async function timed<T>(what: string, work: () => Promise<T>): Promise<T> {
    const startedAt = performance.now();
    const result = await work();
    say(`${what}: ${Math.round(performance.now() - startedAt)} ms`);
    return result;
  }

  test('a bare machine answers over SSH with the host key from its user data', async () => {
    const machine = await timed('create to SSH, bare', async () => {
      const created = await bare.backend.create(spec(1, 'bare-1'));
      expect(await ssh(created.ipv4, 'hostname')).toBe('bare-1');
      return created;
    });
    expect(machine.state).toBe('running');
    expect(await ssh(machine.ipv4, 'ls /etc/ssh/ssh_host_*')).toBe(
      '/etc/ssh/ssh_host_ed25519_key\n/etc/ssh/ssh_host_ed25519_key.pub',
    );
    expect(await ssh(machine.ipv4, 'cloud-init status --wait')).toBe('status: done');
    expect(await ssh(machine.ipv4, 'sudo -n cat /etc/pressluft/marker; sudo -n ls /root')).toBe(
      "helloit's done",
    );
    expect(await ssh(machine.ipv4, 'sudo -n stat -c %a /etc/pressluft/marker')).toBe('600');
    await expect(ssh(machine.ipv4, 'id', 'root')).rejects.toThrow();
    expect(await ssh(machine.ipv4, 'grep MemTotal /proc/meminfo')).toMatch(/ 2097152 kB$/);
  });

  test('creating the same machine again changes nothing', async () => {
    const [before] = await bare.backend.list();
    const boot = await ssh(before?.ipv4 ?? '', 'cat /proc/sys/kernel/random/boot_id');
    expect(await bare.backend.create(spec(1, 'bare-1'))).toEqual(before);
    expect(await ssh(before?.ipv4 ?? '', 'cat /proc/sys/kernel/random/boot_id')).toBe(boot);
  });

  test('apt installs a package through the proxy, which keeps it', async () => {
    const [machine] = await bare.backend.list();
    const install =
      'sudo -n apt-get -qq update && sudo -n apt-get -qqy install nftables && sudo -n nft --version';
    expect(await timed('apt-get install nftables', () => ssh(machine?.ipv4 ?? '', install))).toContain(
      'nftables v1',
    );
    const url = await ssh(machine?.ipv4 ?? '', 'apt-get download --print-uris nftables | cut -d"\'" -f2');
    const again = await ssh(machine?.ipv4 ?? '', `curl -sI -x ${bare.proxyUrl} ${url}`);
    expect(again.toLowerCase()).toContain('x-lab-cache: hit');
  });

  test('a machine reaches no other host, directly or through the proxy', async () => {
    const [machine] = await bare.backend.list();
    const viaProxy = `curl -s -o /dev/null -w '%{http_code}' -x ${bare.proxyUrl} http://example.org/`;
    expect(await ssh(machine?.ipv4 ?? '', viaProxy)).toBe('403');
    // 7: refused. A machine whose packets were dropped would wait, and curl would end with 28.
    expect(await ssh(machine?.ipv4 ?? '', 'curl -s -m 50 http://192.0.2.1/ || echo $?')).toBe('7');
    await expect(ssh(machine?.ipv4 ?? '', 'getent hosts example.org')).rejects.toThrow();
  });

  test('a machine loads an nftables ruleset and tunes its own network', async () => {
    const [machine] = await bare.backend.list();
    const script = `sudo -n nft -f - <<'END' && sudo -n nft list ruleset && sudo -n sysctl -w net.ipv4.conf.all.rp_filter=1
table inet filter {
  chain input { type filter hook input priority 0; policy drop;
    ct state established,related accept
    iif lo accept
    tcp dport { 22, 80, 443 } accept
    meta skuid 0 accept
  }
  chain output { type filter hook output priority 0; policy accept;
    ip daddr 169.254.169.254 meta skuid != 0 reject
  }
}
END`;
    const ruleset = await ssh(machine?.ipv4 ?? '', script);
    expect(ruleset).toContain('tcp dport { 22, 80, 443 } accept');
    const metadata = 'curl -sf -m 5 http://169.254.169.254/hetzner/v1/metadata/hostname';
    expect(await ssh(machine?.ipv4 ?? '', `sudo -n ${metadata}`)).toBe('bare-1');
    await expect(ssh(machine?.ipv4 ?? '', metadata)).rejects.toThrow();
  });

  test("a node's services start in their sandboxes on the warm image", async () => {
    const machine = await timed('create to SSH, warm', async () => {
      const created = await warm.backend.create(spec(1, 'warm-1'));
      await ssh(created.ipv4, 'true');
      return created;
    });
    const units = 'nginx mariadb redis-server php8.2-fpm';
    expect(await ssh(machine.ipv4, `systemctl is-active ${units} || true`)).toBe(
      Array(4).fill('inactive').join('\n'),
    );
    expect(await ssh(machine.ipv4, `sudo -n systemctl start ${units} && systemctl is-active ${units}`)).toBe(
      Array(4).fill('active').join('\n'),
    );
    const query =
      'sudo -n mariadb -Ne "SELECT 1"; redis-cli ping; curl -so /dev/null -w %{http_code} localhost';
    expect(await ssh(machine.ipv4, query)).toBe('1\nPONG\n200');
    const plan = await ssh(
      machine.ipv4,
      'apt-get -s install nginx mariadb-server redis-server php8.2-fpm nftables',
    );
    expect(plan).toContain('0 newly installed');
  });

  test('two labs at the same time have separate networks and cannot reach each other', async () => {
    const [ours] = await bare.backend.list();
    const [theirs] = await warm.backend.list();
    expect(bare.subnet).not.toBe(warm.subnet);
    const fetchTheirs = `curl -so /dev/null -m 3 http://${theirs?.ipv4}/`;
    expect(await ssh(theirs?.ipv4 ?? '', `${fetchTheirs} && echo served`)).toBe('served');
    await expect(ssh(ours?.ipv4 ?? '', fetchTheirs)).rejects.toThrow();
  });

  test('power off, power on and reboot keep the data and the address', async () => {
    const [machine] = await warm.backend.list();
    const ipv4 = machine?.ipv4 ?? '';
    await ssh(ipv4, 'echo kept > ~/data; sudo -n systemctl enable -q --now mariadb');
    await ssh(ipv4, 'sudo -n mariadb -e "CREATE DATABASE kept"');
    await timed('power off', () => warm.backend.powerOff(1));
    expect(await warm.backend.list()).toMatchObject([{ id: 1, state: 'off' }]);
    await expect(reachable(ipv4)).resolves.toBe(false);
    await timed('power on to SSH', async () => {
      await warm.backend.powerOn(1);
      expect(await ssh(ipv4, 'cat ~/data')).toBe('kept');
    });
    await timed('reboot to SSH', async () => {
      await warm.backend.reboot(1);
      await ssh(ipv4, 'true');
    });
    const databases = 'systemctl start mariadb && mariadb -Ne "SHOW DATABASES LIKE \'kept\'"';
    expect(await ssh(ipv4, `sudo -n sh -c '${databases.replaceAll("'", "'\\''")}'`)).toBe('kept');
  });

  test('a reboot from inside comes back without its firewall, a power-off from inside stays off', async () => {
    const [machine] = await warm.backend.list();
    const ipv4 = machine?.ipv4 ?? '';
    const bootId = 'cat /proc/sys/kernel/random/boot_id';
    const before = await ssh(ipv4, `sudo -n nft add table inet leftover && ${bootId}`);
    await ssh(ipv4, 'sudo -n systemctl reboot').catch(() => undefined);
    await expect
      .poll(() => ssh(ipv4, bootId).catch(() => before), { timeout: 20_000, interval: 200 })
      .not.toBe(before);
    expect(await ssh(ipv4, 'sudo -n nft list tables')).toBe('');
    await ssh(ipv4, 'sudo -n systemctl poweroff').catch(() => undefined);
    await expect
      .poll(() => warm.backend.list(), { timeout: 20_000, interval: 200 })
      .toMatchObject([{ id: 1, state: 'off' }]);
    await warm.backend.powerOn(1);
  });

  test('a process that wants more memory than the server type has dies alone', async () => {
    const [machine] = await warm.backend.list();
    const hog = await ssh(machine?.ipv4 ?? '', 'python3 -c "bytearray(3 * 2**30)"; echo exit $?');
    expect(hog).toContain('exit 137');
    expect(await ssh(machine?.ipv4 ?? '', 'hostname')).toBe('warm-1');
  });

  test('rebuild gives a fresh root file system at the same address', async () => {
    const [before] = await warm.backend.list();
    await timed('rebuild', () => warm.backend.rebuild(spec(1, 'warm-1')));
    expect(await warm.backend.list()).toEqual([before]);
    expect(await ssh(before?.ipv4 ?? '', 'ls ~')).toBe('');
  });

  test('a machine that is off can get another size, for its next boot', async () => {
    const [before] = await warm.backend.list();
    const larger = { ...spec(1, 'warm-1'), memoryMib: 3072 };
    await expect(warm.backend.resize(larger)).rejects.toMatchObject({ code: errors.labFailed });
    await warm.backend.powerOff(1);
    await warm.backend.resize(larger);
    await warm.backend.powerOn(1);
    expect(await warm.backend.list()).toEqual([before]);
    expect(await ssh(before?.ipv4 ?? '', 'grep MemTotal /proc/meminfo')).toMatch(/ 3145728 kB$/);
  });

  test('a firewall is enforced outside the machine, towards the host and between machines', async () => {
    const other = await warm.backend.create(spec(2, 'warm-2'));
    const [first] = await warm.backend.list();
    const ipv4 = first?.ipv4 ?? '';
    await ssh(ipv4, 'sudo -n systemctl start nginx');
    const fetchFromOther = `curl -so /dev/null -m 3 -w '%{http_code}' http://${ipv4}/ || true`;
    expect(await ssh(other.ipv4, fetchFromOther)).toBe('200');
    await warm.backend.setFirewall(1, [{ protocol: 'tcp', port: '22', sourceIps: ['0.0.0.0/0', '::/0'] }]);
    expect(await ssh(other.ipv4, fetchFromOther)).toBe('000');
    expect(await reachable(ipv4, 80)).toBe(false);
    expect(await ssh(ipv4, `curl -so /dev/null -m 5 -w '%{http_code}' ${warm.proxyUrl}/`)).toBe('403');
    await expect(
      warm.backend.setFirewall(1, [{ protocol: 'tcp', port: '22; drop', sourceIps: ['0.0.0.0/0'] }]),
    ).rejects.toMatchObject({ code: errors.flagInvalid });
    await warm.backend.setFirewall(1, undefined);
    expect(await ssh(other.ipv4, fetchFromOther)).toBe('200');
  });

  test('a cut network makes a machine unreachable until it is healed, also across a reboot', async () => {
    const [machine] = await warm.backend.list();
    const ipv4 = machine?.ipv4 ?? '';
    await warm.backend.setNetworkCut(1, true);
    expect(await reachable(ipv4)).toBe(false);
    await warm.backend.reboot(1);
    expect(await reachable(ipv4)).toBe(false);
    await warm.backend.setNetworkCut(1, false);
    expect(await ssh(ipv4, 'hostname')).toBe('warm-1');
  });

  test('user data cannot reach the host through a symlink', async () => {
    const target = join(dir, 'untouched');
    await writeFile(target, 'untouched');
    const data = `#cloud-config
write_files:
  - { path: "/../../../../..${target}", content: "escaped" }
  - { path: "/proc/self/cwd/../../..${target}", content: "escaped" }
`;
    await warm.backend.create({ ...spec(3, 'warm-3'), userData: data });
    expect(await readFile(target, 'utf8')).toBe('untouched');
    await warm.backend.destroy(3);
  });

  test('several machines are created and destroyed at the same time', async () => {
    const ids = [11, 12, 13, 14];
    const machines = await timed('four machines at once', () =>
      Promise.all(ids.map((id) => warm.backend.create(spec(id, `many-${id}`)))),
    );
    expect(new Set(machines.map((machine) => machine.ipv4)).size).toBe(4);
    for (const machine of machines) expect(await ssh(machine.ipv4, 'hostname')).toBe(machine.name);
    await Promise.all(ids.map((id) => warm.backend.destroy(id)));
    await warm.backend.destroy(11);
    expect((await warm.backend.list()).map((machine) => machine.id)).toEqual([1, 2]);
    await expect(warm.backend.powerOn(11)).rejects.toMatchObject({ code: errors.resourceUnknown });
  });

  test('machines survive the SIGKILL of their lab, are found again, and destroyAll leaves nothing', async () => {
    const labDir = join(dir, killedLab);
    const owner = spawn(
      process.execPath,
      [
        new URL('./own-a-lab.ts', import.meta.url).pathname,
        killedLab,
        labDir,
        JSON.stringify(spec(7, 'orphan')),
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const ipv4 = await new Promise<string>((resolve, reject) => {
      owner.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString().trim()));
      owner.once('exit', (code) => reject(new Error(`the owner of the lab ended early: ${code}`)));
    });
    const dead = new Promise((resolve) => owner.once('close', resolve));
    owner.kill('SIGKILL');
    await dead;

    expect(await ssh(ipv4, 'hostname')).toBe('orphan');
    const kinds = new Set((await findLeftovers(killedLab)).map((leftover) => leftover.kind));
    expect([...kinds].toSorted()).toEqual([
      ...['cgroup', 'directory', 'interface', 'mount', 'namespace', 'process', 'registration', 'ruleset'],
    ]);
    const reopened = await createMachineLab({
      name: killedLab,
      dir: labDir,
      warmImage: true,
      onProgress: say,
    });
    expect(await reopened.backend.list()).toEqual([{ id: 7, name: 'orphan', ipv4, state: 'running' }]);
    await reopened.backend.powerOff(7);
    await reopened.backend.powerOn(7);
    expect(await ssh(ipv4, 'hostname')).toBe('orphan');
    await reopened.close();

    await timed('destroyAll', () => destroyAll(killedLab));
    expect(await findLeftovers(killedLab)).toEqual([]);
  });
});

function reachable(host: string, port = 22): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (result: boolean) => {
      socket.destroy();
      resolve(result);
    };
    socket.setTimeout(1_500, () => end(false));
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });
}
