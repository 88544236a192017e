import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { httpGet } from '../../../scripts/demo/http-get.ts';
import { type ArchiveServer, createArchiveServer } from '../../support/archive-server.ts';
import { createFleet, type E2eFleet } from '../../support/e2e-fleet.ts';
import { type TestLab, testLab } from '../../support/e2e-lab.ts';
import { environment, smallFleet } from '../../support/small-fleet.ts';
import { onNode } from '../../support/ssh.ts';
import { drip, hostilePlugin, hostileSite, leftBehind, phpTries, type Value } from './hostile-site.ts';
import { cacheTries, tries } from './isolation-tries.ts';
import { type Outcome, plantCanaries, plantPage, runTries, type World } from './isolation-world.ts';

const attacker = 'one';
const victim = 'two';

describe('an environment against its neighbour', () => {
  let test: TestLab;
  let archives: ArchiveServer;
  let fleet: E2eFleet;
  let world: World;
  let against: ReadonlyMap<string, Outcome>;
  let control: Readonly<Record<'own' | 'root', ReadonlyMap<string, Outcome>>>;

  const root = (script: string) => onNode(world.stateDir, world.ipv4, script);
  const hostOf = (name: string) => world.hosts[name] ?? '';
  const php = async (code: string): Promise<Value> => {
    const encoded = Buffer.from(code).toString('base64');
    return JSON.parse(
      await root(`curl -s -m 60 -H 'Host: ${hostOf(attacker)}' -H 'X-Code: ${encoded}' 127.0.0.1/`),
    ) as Value;
  };

  beforeAll(async () => {
    test = await testLab('e2eisolation');
    const files = smallFleet(test.lab.mirror.catalogue, {
      nodes: { alpha: [attacker] },
      allowSnippets: [victim],
      deletionPolicy: 'delete',
    });
    // Code that a site runs comes from an artifact: other changes of its code are put back before it runs.
    archives = await createArchiveServer(new URL(test.lab.mirror.url).hostname);
    const { slug, version, url, sha256 } = await archives.add('hostile', '1.0.0', {
      'hostile.php': `<?php\n/*\n * Plugin Name: hostile\n * Version: 1.0.0\n */\n${hostilePlugin(attacker)}`,
    });
    const settings = parse(files['pressluft.yaml'] ?? '') as { spec: { artifacts: { plugins: object } } };
    Object.assign(settings.spec.artifacts.plugins, { [slug]: { [version]: { url, sha256 } } });
    files['pressluft.yaml'] = stringify(settings);
    files['environments/one.yaml'] = environment(attacker, 'alpha', {
      wordpress: { version: '7.1.1', plugins: { [slug]: version } },
      deletionPolicy: 'delete',
    });
    files['environments/two.yaml'] = environment(victim, 'alpha', {
      access: { basicAuth: { user: 'staff', passwordHash: '{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=' } },
      nginx: { serverSnippet: 'location = /snippet { return 204; }\n' },
      deletionPolicy: 'delete',
    });
    fleet = await createFleet(test.lab, files);
    const pass = await fleet.pressluft(['reconcile']);
    expect(pass, pass.stderr).toMatchObject({ code: 0 });
    const details = async (ref: string) =>
      ((await fleet.status(ref))?.details ?? {}) as Record<string, string>;
    const host = async (name: string) =>
      new URL((await details(`environment/${name}`)).previewUrl ?? '').host;
    const { ipv4 = '' } = await details('node/alpha');
    const hosts = { [attacker]: await host(attacker), [victim]: await host(victim) };
    world = { stateDir: fleet.stateDir, ipv4, attacker, victim, hosts };
    // The isolation must also hold after a reboot.
    const [server] = test.lab.api.servers();
    await test.lab.machines.reboot(server?.id ?? 0);
    await root(
      'systemctl is-system-running --wait >/dev/null || true; for n in 1 2 3 4 5 6 7 8 9; do nc -z 127.0.0.1 80 2>/dev/null && break; sleep 0.2; done',
    );
    await plantCanaries(world);
    await plantPage(world);
    against = await runTries(world, victim, 'attacker');
    control = {
      own: await runTries(world, attacker, 'attacker'),
      root: await runTries(world, victim, 'root'),
    };
  });
  afterAll(async () => {
    await archives?.close();
    await fleet?.remove();
    await test?.end();
  });

  it.each(tries)('a site that $name is refused', (item) => {
    expect(control[item.control].get(item.name), 'the control').toMatchObject({ won: true });
    expect(against.get(item.name), 'the try').toMatchObject({ won: false });
  });

  it.each(cacheTries)('a site that says %s to its own cache is refused', (words) => {
    expect(control.root.get(`cache: ${words}`), 'the control').toMatchObject({ won: true });
    expect(against.get(`cache: ${words}`), 'the try').toMatchObject({ won: false });
  });

  it.each(phpTries)('PHP that $name gets nothing of its neighbour', async ({ code, own }) => {
    expect(await php(code.replaceAll('VICTIM', attacker)), 'the control').toBe(own);
    expect(await php(code.replaceAll('VICTIM', victim)), 'the try').toBe(false);
  });

  it('uploads of a site are never executed', async () => {
    const uploads = `/srv/pressluft/${attacker}/shared/uploads`;
    const names = ['x.php', 'x.PHP', 'x.phtml', 'x.phar', 'x.php5', 'x.jpg', 'dir.php/index.php'];
    await root(`cd ${uploads} && mkdir dir.php && for f in ${names.join(' ')}; do echo '<?php echo "ran-by"."-php";' >$f; done
printf 'auto_prepend_file=x.jpg\\n' >.user.ini`);
    const paths = [
      ...names,
      'x.php/',
      'x.php/a.php',
      'x.jpg/a.php',
      'x.jpg%00.php',
      'x.php%20',
      '../uploads/x.php',
      'dir.php/',
    ];
    for (const path of paths) {
      const { body } = await httpGet(world.ipv4, hostOf(attacker), `/wp-content/uploads/${path}`);
      expect(body, path).not.toContain('ran-by-php');
    }
    expect(await php('return "ran-by"."-php";'), 'the control').toBe('ran-by-php');
  });

  it('a site cannot get an address banned from the node by writing to the journal', async () => {
    // Alive until the journal has read its credentials, since it asks the kernel for the sender of a line.
    const shout = (address: string) =>
      `cp /usr/bin/python3 $dir/sshd; $dir/sshd -c "import syslog, time; syslog.openlog(\\"sshd\\", syslog.LOG_PID); [syslog.syslog(f\\"Failed password for root from ${address} port 555{n} ssh2\\") for n in range(10)]; time.sleep(4)"; rm $dir/sshd`;
    await root(`setpriv --reuid pl-${attacker} --regid pl-${attacker} --clear-groups sh -c 'dir=/srv/pressluft/${attacker}/tmp; ${shout('203.0.113.77')}' &
mkdir -p /run/shout
sh -c 'for group in $(find /sys/fs/cgroup -path "*/ssh.service/cgroup.procs"); do echo $$ >$group; done; dir=/run/shout; ${shout('203.0.113.78')}'
wait
for n in 1 2 3 4 5 6 7 8 9 10; do fail2ban-client status sshd | grep -q 203.0.113.78 && break; sleep 0.5; done
journalctl -q -b --no-pager | grep -c "from 203.0.113.77" >/run/shout/heard`);
    expect(Number(await root('cat /run/shout/heard')), 'the journal has heard of it').toBeGreaterThanOrEqual(
      10,
    );
    const banned = await root('fail2ban-client status sshd');
    expect(banned).toContain('203.0.113.78');
    expect(banned).not.toContain('203.0.113.77');
  });

  it('the node has only known setuid and setgid programs', async () => {
    const found = await root('find / -xdev -perm /6000 -type f -printf "%f\\n" | sort');
    expect(found.split('\n').filter((name) => !setuidOfDebian.has(name))).toEqual([]);
    expect(found).toContain('sudo');
  });

  it('a site that runs out of memory affects no other one', async () => {
    const shown = await root(`systemctl show -p OOMPolicy -p Restart pressluft-php@${attacker} cron`);
    expect(shown.match(/^OOMPolicy=continue$/gm)).toHaveLength(2);
    expect(shown.match(/^Restart=on-failure$/gm)).toHaveLength(2);
  });

  it('a hostile site delays neither the probe of its node nor the work on its neighbours', async () => {
    await root(hostileSite(attacker, victim));
    await fleet.edit('site.yaml', 'title: Shop', 'title: Second Shop', 'test: a change of both');
    const first = await fleet.pressluft(['reconcile']);
    expect(await fleet.ready('node/alpha')).toBe('True Provisioned');
    expect(await fleet.ready(`environment/${victim}`), first.stderr).toBe('True Converged');
    const title = `SELECT option_value FROM pl_${victim}.wp_options WHERE option_name='blogname'`;
    expect(await root(`mariadb -N -e "${title}"`)).toBe('Second Shop');
    expect(
      await root(`mariadb -N -e 'SELECT who FROM pl_${attacker}.loot'`),
      'nobody but itself ran its SQL',
    ).not.toContain('root');
    expect(await root(`ls ${leftBehind(attacker)}`), 'the control').not.toBe('');
    expect(await root(`pgrep -u pl-${attacker} -f stays-behind || true`)).toBe('');

    await root(`rm ${drip(attacker)}`);
    await fleet.edit(
      'site.yaml',
      'title: Second Shop',
      'title: Third Shop',
      'test: while something stays behind',
    );
    const second = await fleet.pressluft(['reconcile']);
    expect(await fleet.ready(`environment/${victim}`), second.stderr).toBe('True Converged');
    expect(await root(`mariadb -N -e "${title}"`)).toBe('Third Shop');
  });

  it('processes that a site left running end when the site is stopped', async () => {
    const busy = `pgrep -u pl-${attacker} -f stays-behind || true`;
    const sleeper = 'python3 -c "import time; time.sleep(600)" stays-behind';
    await root(`systemd-run --quiet --collect -p User=pl-${attacker} -p Slice=pressluft-${attacker}.slice ${sleeper}
setsid setpriv --reuid pl-${attacker} --regid pl-${attacker} --clear-groups ${sleeper} </dev/null >/dev/null 2>&1 &
sleep 1`);
    expect(await root(busy), 'the control').not.toBe('');
    await fleet.edit('environments/one.yaml', /^spec:$/m, 'spec:\n  state: stopped', 'test: stop it');
    await fleet.pressluft(['reconcile']);
    expect(await root(busy)).toBe('');
    expect(await root(`crontab -l -u pl-${attacker} 2>/dev/null; true`)).toBe('');
  });
});

const setuidOfDebian: ReadonlySet<string> = new Set([
  ...[
    'auth_pam_tool',
    'chage',
    'chfn',
    'chsh',
    'crontab',
    'dbus-daemon-launch-helper',
    'expiry',
    'gpasswd',
    'mount',
  ],
  ...['newgrp', 'passwd', 'ssh-agent', 'ssh-keysign', 'su', 'sudo', 'umount', 'unix_chkpwd'],
]);
