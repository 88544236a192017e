import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { probeNode } from '../../../src/actions/probe-node.ts';
import { ensureVenv } from '../../../src/adapters/ansible/ensure-venv.ts';
import type { EnvironmentName } from '../../../src/fleet/brand.ts';
import type { DesiredEnvironment } from '../../../src/fleet/desired.ts';
import { ansibleRoot, ansibleVenv } from '../../../src/main/paths.ts';
import { type TestLab, testLab } from '../../support/e2e-lab.ts';
import { canRunMachines } from '../machine/lab-machine.ts';
import { attacks, programs } from './exhaustion-attacks.ts';
import { type LabWorld, labWorld } from './lab-world.ts';
import { convergeRequest, deleteRequest, described, provisionRequest } from './requests.ts';

const machine = 700;
const attacker = 'one';
const victim = 'two';

/** One site against the database and the cache of its neighbours. */
describe.skipIf(!canRunMachines)('a site that takes all it can get', { timeout: 300_000 }, () => {
  let test: TestLab;
  let world: LabWorld;
  beforeAll(async () => {
    await ensureVenv({ root: ansibleRoot, venvDir: ansibleVenv(process.env) });
    test = await testLab('exhaustion');
    world = await labWorld(test);
    expect((await world.ansible.run(provisionRequest(world))).failure).toBeNull();
    expect(await converge()).toEqual({ one: 'changed', two: 'changed' });
    for (const [name, text] of Object.entries(programs))
      await world.asRoot(
        `cat >/usr/local/bin/${name} <<'EOF_OF_PROGRAM'\n${text}\nEOF_OF_PROGRAM\nchmod 755 /usr/local/bin/${name}`,
      );
  }, 900_000);
  afterAll(async () => {
    await world?.close();
    await test?.end();
  });

  const site = (name: string, more: Partial<DesiredEnvironment> = {}) =>
    described(world, name, { cache: { object: 'redis', memoryMib: 32 }, ...more });

  async function converge(more: Partial<DesiredEnvironment> = {}) {
    const wanted = [site(attacker, more), site(victim)];
    const { environments } = await world.ansible.run(convergeRequest(world, wanted));
    return Object.fromEntries(
      [...environments].map(([name, { status, error }]) => [name, error?.message ?? status]),
    );
  }

  const as = (name: string, command: string) =>
    world.asRoot(
      `setpriv --reuid pl-${name} --regid pl-${name} --clear-groups bash -s 2>&1 <<'EOF_OF_COMMAND' || true\n${command}\nEOF_OF_COMMAND`,
    );
  const page = async (name: string) => {
    const host = `${name}.${world.address.host.replaceAll('.', '-')}.preview.example`;
    return Number(
      await world.asRoot(
        `curl -s -o /dev/null -m 20 -w '%{http_code}' -H 'Host: ${host}' 127.0.0.1/ || true`,
      ),
    );
  };
  /** What others get of the services, while an attack goes on. */
  async function service() {
    const deps = { ...world, machines: world.shell, secrets: { redact: (text: string) => text } };
    const { checks, environments } = await probeNode(deps, world.address, new AbortController().signal);
    const seen = environments.get(victim as EnvironmentName);
    return {
      database: (await as(victim, `connect-many /run/pressluft-database/${victim}/database.sock 10`)).trim(),
      cache: (await as(victim, `cache ${victim} 10 GET canary`)).trim(),
      root: (await world.asRoot('mariadb -N -e "SELECT 1"')).trim(),
      page: await page(victim),
      probe: { http: seen?.http?.status, failed: seen?.failedServices, title: seen?.site?.title },
      failing: checks.filter(({ ok, severity }) => !ok && severity === 'error').map(({ reason }) => reason),
    };
  }
  const served = {
    database: '10 of 10',
    cache: '10 of 10 canary',
    root: '1',
    page: 200,
    probe: { http: 200, failed: [], title: 'A site' },
    failing: [],
  };

  it('the control: both sites are served', async () => {
    await as(victim, `cache ${victim} 1 SET canary canary`);
    expect(await service()).toEqual(served);
    expect(await page(attacker)).toBe(200);
  });

  it.each(attacks)('$name: others are served, and the site takes its own share only', async (attack) => {
    const unit = 'attack';
    await world.asRoot(
      `systemd-run --quiet --collect --unit=${unit} -p User=pl-${attacker} -p LimitNOFILE=65536 -p StandardOutput=file:/run/${unit} ${attack.command(attacker)}`,
    );
    try {
      const own = await world.asRoot(
        `until grep -q ready /run/${unit}; do sleep 0.2; done; cat /run/${unit}`,
      );
      expect(own, 'the control: the attack goes as far as the limit').toMatch(attack.ready);
      expect(await service()).toEqual(served);
      expect((await world.asRoot(`systemctl is-active ${unit}`)).trim(), 'the control: it still runs').toBe(
        'active',
      );
    } finally {
      await world.asRoot(
        `systemctl kill -s KILL ${unit} 2>/dev/null; systemctl stop ${unit} 2>/dev/null; rm -f /run/${unit}`,
      );
    }
    await world.asRoot(
      `for n in $(seq 60); do curl -sf -o /dev/null -H 'Host: ${attacker}.${world.address.host.replaceAll('.', '-')}.preview.example' 127.0.0.1/ && exit; sleep 0.5; done; exit 1`,
    );
    expect(await page(attacker), 'and is back itself').toBe(200);
  });

  it('a connection that does not sign in is ended', async () => {
    expect(await as(attacker, `until-closed /run/pressluft-database/${attacker}/database.sock`)).toContain(
      'closed',
    );
  });

  it.each<[string, string]>([
    ['the socket of MariaDB', '/run/mysqld/mysqld.sock'],
    ['the way of a neighbour to its database', `/run/pressluft-database/${victim}/database.sock`],
    ['the cache of a neighbour', `/run/pressluft-cache/${victim}/cache.sock`],
    [
      'the cache of a neighbour where its server made it',
      `/run/pressluft-cache-servers/${victim}/redis.sock`,
    ],
  ])('%s is closed to a site', async (_, path) => {
    expect(await as(attacker, `connect-many ${path} 1`)).toContain('Permission denied');
    expect(await world.asRoot(`connect-many ${path} 1`), 'the control').toContain('1 of 1');
  });

  it.each(['root', 'mysql', 'mariadb.sys'])(
    'nobody becomes %s in MariaDB by the user of the proxy',
    async (user) => {
      const ask = `mariadb -S /run/pressluft-database/${attacker}/database.sock -u ${user} -e "SELECT 1"`;
      expect(await as(attacker, ask)).toContain('Access denied');
      expect(await world.asRoot(`${ask} 2>&1 || true`), 'even as root').toContain('Access denied');
    },
  );

  it.each([
    'CONFIG GET maxmemory',
    'CONFIG SET maxmemory 0',
    'MODULE LIST',
    'DEBUG SLEEP 0',
    'ACL LIST',
    'EVAL "return 1" 0',
    'SHUTDOWN',
    'SUBSCRIBE x',
    'CLIENT TRACKING ON BCAST',
    'SAVE',
    'REPLICAOF 127.0.0.1 6379',
    'FLUSHALL',
    'KEYS *',
    'INFO',
    'MONITOR',
  ])('its own cache refuses %s', async (words) => {
    expect(await as(attacker, `set -f; cache ${attacker} 1 ${words}`)).toMatch(/NOPERM|not allowed/);
  });

  it.each([
    'sort_buffer_size',
    'join_buffer_size',
    'tmp_memory_table_size',
    'max_heap_table_size',
    'max_session_mem_used',
  ])('a session cannot raise its %s without end', async (variable) => {
    const most =
      await world.asRoot(`password=$(python3 -c 'import json; print(json.load(open("/etc/pressluft/secrets/${attacker}.json"))["database_password"])')
mariadb -N -S /run/pressluft-database/${attacker}/database.sock -u pl_${attacker} -p"$password" -e 'SET SESSION ${variable} = 8589934592; SELECT @@${variable}'`);
    expect(Number(most)).toBeLessThanOrEqual(256 << 20);
    expect(Number(most)).toBeGreaterThan(0);
  });

  it('what a site stores displaces nothing of its neighbour, and its flush is complete', async () => {
    await as(victim, `cache ${victim} 1 SET canary canary`);
    expect(await as(attacker, `fill-cache ${attacker} 80`)).toContain('stored 80 MiB');
    expect(
      await as(attacker, `cache ${attacker} 1 EXISTS fill:0`),
      'the control: it has displaced its own',
    ).toContain('0');
    expect(await as(victim, `cache ${victim} 1 GET canary`)).toContain('canary');
    await as(attacker, `cache ${attacker} 1 SET old old`);
    expect(await as(attacker, `cache ${attacker} 1 FLUSHDB`)).toContain('OK');
    expect(await as(attacker, `cache ${attacker} 1 DBSIZE`)).toContain(' 0');
    expect(await as(victim, `cache ${victim} 1 GET canary`)).toContain('canary');
  });

  it('wp_cache_flush forgets everything, whatever was stored since', async () => {
    const wp = (code: string) =>
      as(attacker, `php8.2 -r 'require "/srv/pressluft/${attacker}/slots/a/wp-config.php"; ${code}'`);
    expect(await wp('echo wp_cache_set(1, 2, 3) ? 4 : 5;')).toContain('4');
    expect(await wp('echo 6 + wp_cache_get(1, 3);'), 'the control').toContain('8');
    expect(await wp('echo wp_cache_flush() ? 7 : 0;')).toContain('7');
    expect(await wp('var_dump(wp_cache_get(1, 3));')).toContain('bool(false)');
  });

  it('a site without its cache server works', async () => {
    await world.asRoot(`systemctl stop pressluft-cache@${attacker}`);
    expect(await page(attacker)).toBe(200);
    expect(await converge()).toEqual({ one: 'changed', two: 'ok' });
    expect(await as(attacker, `cache ${attacker} 1 PING`)).toContain('PONG');
  });

  it('the directories of sockets stay the same when services restart, for sandboxes that have bound them', async () => {
    const paths = [attacker, victim].flatMap((name) => [
      `/run/pressluft-database/${name}`,
      `/run/pressluft-cache/${name}`,
    ]);
    const inodes = () => world.asRoot(`stat -c '%i %n %a %U %G' ${paths.join(' ')}`);
    const before = await inodes();
    await world.asRoot(
      `systemctl restart pressluft-cache@${attacker} pressluft-database@${attacker}.socket mariadb; systemd-tmpfiles --create`,
    );
    expect(await inodes()).toBe(before);
    expect(before).toContain(`750 root pl-${attacker}`);
    expect((await world.asRoot('stat -c "%a %U %G" /run/mysqld')).trim()).toBe(
      '750 mysql pressluft-database',
    );
    expect(await service()).toEqual(served);
  });

  // systemd lets one more through than its limit says.
  it('a limit that changes is in force after the converge', async () => {
    const base = site(attacker);
    const php = { ...base.php, pool: { ...base.php.pool, maxChildren: 2 } };
    expect(await converge({ php })).toEqual({ one: 'changed', two: 'ok' });
    expect(await as(attacker, `connect-many /run/pressluft-database/${attacker}/database.sock 30`)).toMatch(
      /^1[23] of 30/,
    );
    expect(await converge()).toEqual({ one: 'changed', two: 'ok' });
    expect(await as(attacker, `connect-many /run/pressluft-database/${attacker}/database.sock 30`)).toMatch(
      /^1[56] of 30/,
    );
  });

  it('is the same after a reboot', async () => {
    await test.lab.machines.reboot(machine);
    await world.shell.waitUntilReachable(world.address, { timeoutMs: 60_000 });
    await world.asRoot('systemctl is-system-running --wait >/dev/null || true');
    await as(victim, `cache ${victim} 1 SET canary canary`);
    expect(await service()).toEqual(served);
    expect(await as(attacker, 'connect-many /run/mysqld/mysqld.sock 1')).toContain('Permission denied');
    expect((await world.asRoot('systemctl is-enabled redis-server || true')).trim()).toBe('masked');
    expect(await as(attacker, 'connect-many /run/redis/redis-server.sock 1')).toContain('No such file');
  });

  it('a node of an earlier version gives each site its socket, and no page fails meanwhile', async () => {
    await world.asRoot(`sed -i 's#/run/pressluft-database/[a-z]*/database.sock#/run/mysqld/mysqld.sock#' /srv/pressluft/*/slots/a/wp-config.php
chmod 755 /run/mysqld; rm /etc/tmpfiles.d/mariadb.conf; systemctl disable --now --quiet pressluft-database@${attacker}.socket pressluft-database@${victim}.socket
rm -r /etc/systemd/system/pressluft-database@*.service.d
# PHP of an earlier version has no sandbox that hides the socket.
printf '[Service]\\nBindReadOnlyPaths=/run/mysqld\\n' >/etc/systemd/system/pressluft-php@${victim}.service.d/90-earlier.conf
systemctl daemon-reload; systemctl restart pressluft-php@${victim}; sleep 3`);
    expect(await page(victim), 'the control').toBe(200);
    expect(await as(attacker, 'connect-many /run/mysqld/mysqld.sock 1'), 'the control').toContain('1 of 1');
    const host = `${victim}.${world.address.host.replaceAll('.', '-')}.preview.example`;
    await world.asRoot(
      `systemd-run --quiet --collect --unit=visitor -p StandardOutput=file:/run/visitor bash -c 'while :; do curl -s -o /dev/null -m 9 -w "%{http_code}\\n" -H "Host: ${host}" 127.0.0.1/; sleep 0.2; done'`,
    );
    expect((await world.ansible.run(provisionRequest(world))).failure).toBeNull();
    const answers = await world.asRoot('systemctl stop visitor; sort /run/visitor | uniq -c');
    expect(answers.trim()).toMatch(/^\d+ 200$/);
    expect(await as(attacker, 'connect-many /run/mysqld/mysqld.sock 1')).toContain('Permission denied');
    await as(victim, `cache ${victim} 1 SET canary canary`);
    expect(await service()).toEqual(served);
    expect(await page(attacker)).toBe(200);
    await world.asRoot(
      `rm /etc/systemd/system/pressluft-php@${victim}.service.d/90-earlier.conf; systemctl daemon-reload; systemctl restart pressluft-php@${victim}`,
    );
    expect(await page(victim)).toBe(200);
  });

  it('the deletion leaves nothing of them', async () => {
    const traces = () =>
      world.asRoot(
        `systemctl list-units --all --plain --no-legend 'pressluft-*@*' | grep -c '@${attacker}' || true; ls -d /etc/systemd/system/*@${attacker}.* /etc/systemd/system/*.wants/*@${attacker}.* /etc/tmpfiles.d/*-${attacker}.conf /run/pressluft-*/${attacker} 2>/dev/null || true`,
      );
    expect(await traces(), 'the control').toContain(`/run/pressluft-cache/${attacker}`);
    const { environments } = await world.ansible.run(deleteRequest(world, [site(attacker)], 'delete'));
    expect(environments.get(attacker)?.status).toBe('changed');
    expect((await traces()).trim()).toBe('0');
    expect(await service()).toEqual(served);
  });
});
