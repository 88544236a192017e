import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canRunMachines } from '../machine/lab-machine.ts';
import { type PhpWorld, phpWorld, programs } from './php-world.ts';

describe.skipIf(!canRunMachines)('sandboxes of sites on a real machine', { timeout: 300_000 }, () => {
  let at: PhpWorld;
  beforeAll(async () => {
    at = await phpWorld('contractsandbox');
  }, 900_000);
  afterAll(() => at?.close());
  const shell = (name: string, command: string) =>
    at.php(name, `return trim(shell_exec('${command} 2>&1'));`);

  it('run as the users of their environments, in slices with limits, and without any privilege', async () => {
    const properties = ['User', 'Slice', 'NoNewPrivileges', 'CapabilityBoundingSet', 'OOMPolicy', 'Restart'];
    expect(await at.show('pressluft-php@one', ...properties, 'LimitNPROC', 'LimitNOFILE')).toEqual({
      User: 'pl-one',
      Slice: 'pressluft-one.slice',
      NoNewPrivileges: 'yes',
      CapabilityBoundingSet: '',
      OOMPolicy: 'continue',
      Restart: 'on-failure',
      LimitNPROC: '1024',
      LimitNOFILE: '4096',
    });
    expect(await at.show('pressluft-one.slice', 'Slice', 'CPUWeight', 'MemoryMax', 'TasksMax')).toEqual({
      Slice: 'pressluft.slice',
      CPUWeight: '100',
      MemoryMax: String((512 + 5 * 256) << 20),
      TasksMax: '133',
    });
    const score = await at.asRoot(
      'for unit in pressluft-php@one pressluft-php-standby@one; do systemd-analyze security --no-pager $unit.service | tail -n 1; done',
    );
    const found = [...score.matchAll(/: (\d+\.\d) /g)].map(([, exposure]) => Number(exposure));
    expect(found).toHaveLength(2);
    expect(Math.max(...found)).toBeLessThanOrEqual(2);
  });

  it('leave no shared master on the node', async () => {
    expect(
      await at.asRoot(
        'systemctl is-active php8.2-fpm; systemctl is-enabled php8.2-fpm; ls /etc/php/8.2/fpm/pool.d',
      ),
    ).toBe('inactive\ndisabled\n');
  });

  it.each([
    [
      'the directory of its neighbour',
      "return file_exists('/srv/pressluft/two') || is_link('/srv/pressluft/two');",
      false,
    ],
    [
      'the names of environments',
      "return array_values(array_diff(scandir('/srv/pressluft'), ['.', '..']));",
      ['one'],
    ],
    ['the socket of its neighbour', "return file_exists('/run/pressluft-php/two.sock');", false],
    [
      'the configuration of its neighbour',
      "return glob('/etc/pressluft-php/*');",
      ['/etc/pressluft-php/one.conf'],
    ],
    [
      'units and cron entries of others',
      "return [glob('/etc/cron.d/*'), glob('/etc/systemd/system/*')];",
      [[], []],
    ],
    ['the bus of the system', "return file_exists('/run/dbus/system_bus_socket');", false],
    ['logs of the system', "return array_diff(scandir('/var/log'), ['.', '..']);", []],
    ['hosts of nginx', "return glob('/etc/nginx/*');", []],
  ])('hide %s from PHP', async (_, code, expected) => {
    expect(await at.php('one', code)).toEqual(expected);
  });

  it.each([
    ['become root in a namespace', 'unshare -Ur true', 'unshare: unshare failed: Operation not permitted'],
    ['set a program setuid', 'cp /bin/true "$TMPDIR"/s; chmod u+s "$TMPDIR"/s', /Operation not permitted$/],
    ['use sudo', 'sudo -n true', /no new privileges/],
    [
      'trace a process',
      'python3 -c "import ctypes; l = ctypes.CDLL(None, use_errno=True); print(l.ptrace(0, 0, 0, 0), ctypes.get_errno())"',
      '-1 1',
    ],
    [
      'use io_uring',
      'python3 -c "import ctypes; l = ctypes.CDLL(None, use_errno=True); print(l.syscall(425, 1, 0), ctypes.get_errno())"',
      '-1 1',
    ],
    [
      'mount',
      'python3 -c "import ctypes; l = ctypes.CDLL(None, use_errno=True); print(l.mount(b\\"none\\", b\\"/tmp\\", b\\"tmpfs\\", 0, None), ctypes.get_errno())"',
      '-1 1',
    ],
  ])('let no code of a site %s', async (_, command, expected) => {
    const said = await shell('one', command);
    expect(said).toEqual(typeof expected === 'string' ? expected : expect.stringMatching(expected));
  });

  it('give each site temporary directories of its own, with limits of size and number', async () => {
    for (const [directory, mib] of [
      ['/tmp', 64],
      ['/var/tmp', 64],
      ['/dev/shm', 16],
    ] as const) {
      await at.php('one', `return file_put_contents('${directory}/canary', 'x');`);
      expect(await at.php('one', `return file_exists('${directory}/canary');`), 'the control').toBe(true);
      expect(await at.php('two', `return file_exists('${directory}/canary');`)).toBe(false);
      expect(await shell('one', `df --output=size -k ${directory} | tail -n 1`)).toBe(String(mib * 1024));
      const filled = `$n = 0; while ($n < 20000 && @touch("${directory}/f$n")) $n++; array_map('unlink', glob('${directory}/f*')); return $n < 20000;`;
      expect(await at.php('one', filled)).toBe(true);
    }
  });

  it('have a code cache of their own', async () => {
    const scripts = "return array_keys(opcache_get_status()['scripts']);";
    expect(await at.php('one', scripts)).toSatisfy(
      (paths: readonly string[]) => paths.length > 0 && paths.every((path) => !path.includes('/two/')),
    );
  });

  it('let a site do its work: uploads, sessions, temporary files, names of hosts and programs', async () => {
    const work = `session_start(); $_SESSION['a'] = 1; session_write_close();
return [file_put_contents('/srv/pressluft/one/shared/uploads/w.txt', 'x'), (bool) tempnam(sys_get_temp_dir(), 'w'),
count(glob('/srv/pressluft/one/sessions/sess_*')) > 0, sys_get_temp_dir(), trim(shell_exec('php8.2 -r "echo 1+1;"')), gethostbyname('localhost')];`;
    expect(await at.php('one', work)).toEqual([1, true, true, '/srv/pressluft/one/tmp', '2', '127.0.0.1']);
    expect(
      await at.php('one', "return @file_put_contents('/srv/pressluft/one/current/public/x.php', 'x');"),
    ).toBe(false);
    expect(
      await at.asRoot(`curl -s -H 'Host: ${at.hostOf('one')}' 127.0.0.1/wp-content/uploads/w.txt`),
      'nginx serves what a plugin has written',
    ).toBe('x');
  });

  it('run wp-cli and scheduled work in the same sandbox and slice, without a descriptor of root', async () => {
    const run = (command: string) => at.asRoot(`${programs}/site-run one -- ${command}`);
    expect(
      await run(
        'sh -c \'ls /srv/pressluft; ls /proc/self/fd | wc -l; grep Cap.nd: /proc/self/status | tr -d "\\t"; id -un\'',
      ),
    ).toBe('one\n4\nCapBnd:0000000000000000\npl-one\n');
    expect(await run("sh -c 'cat /proc/self/cgroup'")).toContain('/pressluft.slice/pressluft-one.slice/');
    expect(await run('wp option get blogname')).toBe('A site\n');
    expect(await at.asRoot(`echo in | ${programs}/site-run one -- sh -c 'cat; exit 7' || echo $?`)).toBe(
      'in\n7\n',
    );
    expect(await at.asRoot(`${programs}/site-run nobody -- id 2>&1 || echo $?`)).toBe(
      'site-run: there is no environment nobody on this node\n1\n',
    );
  });

  it('scheduled work removes sessions that PHP refuses, and no others', async () => {
    const sessions = '/srv/pressluft/two/sessions';
    await at.asRoot(`touch -d '2 hours ago' ${sessions}/sess_old; touch ${sessions}/sess_new; chown pl-two: ${sessions}/sess_*
${programs}/site-run --unit=cron --cron two
for n in $(seq 100); do systemctl --quiet is-active pressluft-cron-two || break; sleep 0.2; done`);
    expect(await at.asRoot(`ls ${sessions}; grep -c site-run /etc/cron.d/pressluft-two`)).toBe(
      'sess_new\n1\n',
    );
  });
});
