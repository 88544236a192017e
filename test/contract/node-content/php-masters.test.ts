import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureVenv } from '../../../src/adapters/ansible/ensure-venv.ts';
import type { DesiredEnvironment } from '../../../src/fleet/desired.ts';
import { ansibleRoot, ansibleVenv } from '../../../src/main/paths.ts';
import { type TestLab, testLab } from '../../support/e2e-lab.ts';
import { canRunMachines } from '../machine/lab-machine.ts';
import { type LabWorld, labWorld } from './lab-world.ts';
import { convergeRequest, deleteRequest, described, provisionRequest } from './requests.ts';

describe.skipIf(!canRunMachines)('PHP masters on a real machine', { timeout: 300_000 }, () => {
  let test: TestLab;
  let world: LabWorld;
  let one: DesiredEnvironment;
  let two: DesiredEnvironment;
  const programs = '/usr/local/lib/pressluft';

  beforeAll(async () => {
    await ensureVenv({ root: ansibleRoot, venvDir: ansibleVenv(process.env) });
    test = await testLab('contractphp');
    world = await labWorld(test);
    const provisioned = await world.ansible.run(provisionRequest(world));
    expect(provisioned.failure).toBeNull();
    one = described(world, 'one');
    two = described(world, 'two');
    expect(await converge(one, two)).toEqual({ one: 'changed', two: 'changed' });
    await plant();
  }, 900_000);
  /** Code of a site, as its owner could have it in a plugin: it runs what a request says. A converge removes it, since no artifact has it. */
  const plant = () =>
    world.asRoot(`for name in one two; do
echo '<?php echo json_encode(eval(base64_decode($_SERVER["HTTP_X_CODE"])));' >/srv/pressluft/$name/current/public/try.php
chmod 644 /srv/pressluft/$name/current/public/try.php; done`);
  afterAll(async () => {
    await world?.close();
    await test?.end();
  });

  async function converge(...environments: readonly DesiredEnvironment[]) {
    const { environments: ended, failure } = await world.ansible.run(convergeRequest(world, environments));
    expect(failure).toBeNull();
    return Object.fromEntries([...ended].map(([name, { status }]) => [name, status]));
  }
  const hostOf = (name: string) => `${name}.${world.address.host.replaceAll('.', '-')}.preview.example`;
  const tryOf = (name: string, code: string) =>
    `curl -s -m 60 -H 'Host: ${hostOf(name)}' -H 'X-Code: ${Buffer.from(code).toString('base64')}' 127.0.0.1/try.php`;
  /** What code of a site returns. */
  const php = async (name: string, code: string): Promise<unknown> =>
    JSON.parse(await world.asRoot(tryOf(name, code)));
  const shell = (name: string, command: string) => php(name, `return trim(shell_exec('${command} 2>&1'));`);
  const show = async (unit: string, ...properties: readonly string[]) => {
    const text = await world.asRoot(
      `systemctl show ${unit} ${properties.map((name) => `-p ${name}`).join(' ')}`,
    );
    return Object.fromEntries(
      text
        .trim()
        .split('\n')
        .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    );
  };
  const masterOf = async (name: string) => (await show(`pressluft-php@${name}`, 'MainPID')).MainPID;

  it('run as the users of their environments, in slices with limits, and without any privilege', async () => {
    const properties = ['User', 'Slice', 'NoNewPrivileges', 'CapabilityBoundingSet', 'OOMPolicy', 'Restart'];
    expect(await show('pressluft-php@one', ...properties, 'LimitNPROC', 'LimitNOFILE')).toEqual({
      User: 'pl-one',
      Slice: 'pressluft-one.slice',
      NoNewPrivileges: 'yes',
      CapabilityBoundingSet: '',
      OOMPolicy: 'continue',
      Restart: 'on-failure',
      LimitNPROC: '1024',
      LimitNOFILE: '4096',
    });
    expect(await show('pressluft-one.slice', 'Slice', 'CPUWeight', 'MemoryMax', 'TasksMax')).toEqual({
      Slice: 'pressluft.slice',
      CPUWeight: '100',
      MemoryMax: String((512 + 5 * 256) << 20),
      TasksMax: '133',
    });
    const score = await world.asRoot(
      'for unit in pressluft-php@one pressluft-php-standby@one; do systemd-analyze security --no-pager $unit.service | tail -n 1; done',
    );
    const found = [...score.matchAll(/: (\d+\.\d) /g)].map(([, exposure]) => Number(exposure));
    expect(found).toHaveLength(2);
    expect(Math.max(...found)).toBeLessThanOrEqual(2);
  });

  it('leave no shared master on the node', async () => {
    expect(
      await world.asRoot(
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
    expect(await php('one', code)).toEqual(expected);
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
      await php('one', `return file_put_contents('${directory}/canary', 'x');`);
      expect(await php('one', `return file_exists('${directory}/canary');`), 'the control').toBe(true);
      expect(await php('two', `return file_exists('${directory}/canary');`)).toBe(false);
      expect(await shell('one', `df --output=size -k ${directory} | tail -n 1`)).toBe(String(mib * 1024));
      const filled = `$n = 0; while ($n < 20000 && @touch("${directory}/f$n")) $n++; array_map('unlink', glob('${directory}/f*')); return $n < 20000;`;
      expect(await php('one', filled)).toBe(true);
    }
  });

  it('have a code cache of their own', async () => {
    const scripts = "return array_keys(opcache_get_status()['scripts']);";
    expect(await php('one', scripts)).toSatisfy(
      (paths: readonly string[]) => paths.length > 0 && paths.every((path) => !path.includes('/two/')),
    );
  });

  it('let a site do its work: uploads, sessions, temporary files, names of hosts and programs', async () => {
    const work = `session_start(); $_SESSION['a'] = 1; session_write_close();
return [file_put_contents('/srv/pressluft/one/shared/uploads/w.txt', 'x'), (bool) tempnam(sys_get_temp_dir(), 'w'),
count(glob('/srv/pressluft/one/sessions/sess_*')) > 0, sys_get_temp_dir(), trim(shell_exec('php8.2 -r "echo 1+1;"')), gethostbyname('localhost')];`;
    expect(await php('one', work)).toEqual([1, true, true, '/srv/pressluft/one/tmp', '2', '127.0.0.1']);
    expect(
      await php('one', "return @file_put_contents('/srv/pressluft/one/current/public/x.php', 'x');"),
    ).toBe(false);
    expect(
      await world.asRoot(`curl -s -H 'Host: ${hostOf('one')}' 127.0.0.1/wp-content/uploads/w.txt`),
      'nginx serves what a plugin has written',
    ).toBe('x');
  });

  it('run wp-cli and scheduled work in the same sandbox and slice, without a descriptor of root', async () => {
    const run = (command: string) => world.asRoot(`${programs}/site-run one -- ${command}`);
    expect(
      await run(
        'sh -c \'ls /srv/pressluft; ls /proc/self/fd | wc -l; grep Cap.nd: /proc/self/status | tr -d "\\t"; id -un\'',
      ),
    ).toBe('one\n4\nCapBnd:0000000000000000\npl-one\n');
    expect(await run("sh -c 'cat /proc/self/cgroup'")).toContain('/pressluft.slice/pressluft-one.slice/');
    expect(await run('wp option get blogname')).toBe('A site\n');
    expect(await world.asRoot(`echo in | ${programs}/site-run one -- sh -c 'cat; exit 7' || echo $?`)).toBe(
      'in\n7\n',
    );
    expect(await world.asRoot(`${programs}/site-run nobody -- id 2>&1 || echo $?`)).toBe(
      'site-run: there is no environment nobody on this node\n1\n',
    );
  });

  it('scheduled work removes sessions that PHP refuses, and no others', async () => {
    const sessions = '/srv/pressluft/two/sessions';
    await world.asRoot(`touch -d '2 hours ago' ${sessions}/sess_old; touch ${sessions}/sess_new; chown pl-two: ${sessions}/sess_*
${programs}/site-run --unit=cron --cron two
for n in $(seq 100); do systemctl --quiet is-active pressluft-cron-two || break; sleep 0.2; done`);
    expect(await world.asRoot(`ls ${sessions}; grep -c site-run /etc/cron.d/pressluft-two`)).toBe(
      'sess_new\n1\n',
    );
  });

  /** Requests of the front page by four visitors while `work` is done, and their answers. */
  async function underLoad<T>(name: string, work: () => Promise<T>) {
    await world.asRoot(`cat >/tmp/visitors.py <<'PY'
${visitors}PY
rm -f /tmp/visitors.end; nohup python3 /tmp/visitors.py ${hostOf(name)} >/tmp/visitors.out 2>&1 &`);
    const result = await work();
    const answers = await world.asRoot(
      'touch /tmp/visitors.end; while pgrep -f visitors.py >/dev/null; do sleep 0.2; done; cat /tmp/visitors.out',
    );
    return { result, answers: JSON.parse(answers) as Readonly<Record<string, number>> };
  }
  /** A request of a site that takes its time; `await` returns its answer. */
  const longRequest = async (name: string, seconds: number) => {
    await world.asRoot(
      `nohup ${tryOf(name, `sleep(${seconds}); return 'slept';`)} -w ' %{http_code}' >/tmp/long-${name} 2>&1 &\nsleep 1`,
    );
    return async () =>
      world.asRoot(
        `for n in $(seq 300); do grep -q ' ...$' /tmp/long-${name} && break; sleep 0.2; done; cat /tmp/long-${name}`,
      );
  };

  it('a change fails no request of its site, nor one that takes long, and touches no neighbour', async () => {
    const [own, neighbours] = [await longRequest('one', 25), await longRequest('two', 25)];
    const before = { one: await masterOf('one'), two: await masterOf('two') };
    const changed = {
      ...one,
      php: { ...one.php, memoryLimit: '300M', ini: { 'date.timezone': 'Europe/Paris' } },
    };
    const { result, answers } = await underLoad('one', () => converge(changed, two));
    expect(result).toEqual({ one: 'changed', two: 'changed' });
    expect(Object.keys(answers)).toEqual(['200']);
    expect(await own()).toBe('"slept" 200');
    expect(await neighbours()).toBe('"slept" 200');
    await world.asRoot(
      'for n in $(seq 300); do systemctl list-units --state=active,activating,deactivating --no-legend "pressluft-php-*@*" | grep -q . || break; sleep 0.2; done',
    );
    expect(await masterOf('one')).not.toBe(before.one);
    await plant();
    expect(await php('one', "return [ini_get('memory_limit'), ini_get('date.timezone')];")).toEqual([
      '300M',
      'Europe/Paris',
    ]);
    one = changed;
  });

  it('a neighbour that changes alone leaves the master of the others running', async () => {
    const before = await masterOf('two');
    expect(await converge({ ...one, php: { ...one.php, memoryLimit: '256M' } })).toEqual({ one: 'changed' });
    expect(await masterOf('two')).toBe(before);
  });

  it('a change whose master does not start is reported, and the site goes on as before', async () => {
    const drop = '/etc/systemd/system/pressluft-php-standby@one.service.d/90-broken.conf';
    await world.asRoot(`printf '[Service]\nExecStartPre=/bin/false\n' >${drop}`);
    const changed = { ...one, php: { ...one.php, memoryLimit: '333M' } };
    const { environments } = await world.ansible.run(convergeRequest(world, [changed]));
    expect(environments.get('one')?.error).toMatchObject({ code: 'pool_not_started' });
    expect(
      await world.asRoot(
        `grep -c 333M /etc/pressluft-php/one.conf; curl -s -o /dev/null -w '%{http_code}' -H 'Host: ${hostOf('one')}' 127.0.0.1/; rm ${drop}`,
      ),
    ).toBe('0\n200');
    expect(await converge(changed)).toEqual({ one: 'changed' });
    expect(await world.asRoot('grep -c 333M /etc/pressluft-php/one.conf')).toBe('1\n');
  });

  it('idle masters stop when memory is short, and the next visitor starts them', async () => {
    const tend = `${programs}/php-masters tend --below 101`;
    await world.asRoot(
      `for n in $(seq 300); do pgrep -f 'php-fpm: pool' >/dev/null || break; sleep 0.5; done; ${tend}; ${tend}`,
    );
    expect(await world.asRoot('systemctl is-active pressluft-php@one pressluft-php@two || true')).toBe(
      'inactive\ninactive\n',
    );
    expect(
      await world.asRoot(`curl -s -o /dev/null -w '%{http_code}' -H 'Host: ${hostOf('one')}' 127.0.0.1/`),
    ).toBe('200');
    expect(await world.asRoot('systemctl is-active pressluft-php@one pressluft-php@two || true')).toBe(
      'active\ninactive\n',
    );
  });

  it('a site that kills its own master is back with the next request', async () => {
    await plant();
    const pid = await masterOf('one');
    await world.asRoot(`${programs}/site-run one -- sh -c 'kill -9 ${pid}'`);
    expect(await php('one', 'return 1;')).toBe(1);
    expect(await masterOf('one')).not.toBe(pid);
  });

  it('a node with a shared master is migrated without failing a request', async () => {
    const socket = '/run/php/pressluft-two-8.2.sock';
    await world.asRoot(`cat >/etc/php/8.2/fpm/pool.d/two.conf <<'P'
[two]
user = pl-two
group = pl-two
listen = ${socket}
listen.owner = www-data
pm = ondemand
pm.max_children = 5
P
systemctl enable --now --quiet php8.2-fpm
sed -i 's,/run/pressluft-php/two.sock,${socket},' /etc/nginx/pressluft/sites/two.conf && systemctl reload nginx
systemctl disable --now --quiet pressluft-php@two.socket; systemctl stop pressluft-php@two; rm /etc/pressluft-php/two.conf; sleep 1`);
    await plant();
    const long = await longRequest('two', 15);
    const { result, answers } = await underLoad('two', () => converge(two));
    expect(result).toEqual({ two: 'changed' });
    expect(Object.keys(answers)).toEqual(['200']);
    expect(await long()).toBe('"slept" 200');
    expect(
      await world.asRoot(
        'systemctl is-active php8.2-fpm pressluft-php@two; systemctl is-enabled php8.2-fpm; ls /etc/php/8.2/fpm/pool.d',
      ),
    ).toBe('inactive\nactive\ndisabled\n');
  });

  it('a stopped site has no process and no socket; wp-cli still works; a deleted one leaves no unit', async () => {
    expect(await converge({ ...two, state: 'stopped' })).toEqual({ two: 'changed' });
    expect(await world.asRoot('pgrep -u pl-two; ls /run/pressluft-php')).toBe('one.sock\n');
    expect(await world.asRoot(`${programs}/site-run two -- wp option get blogname`)).toBe('A site\n');
    const { failure } = await world.ansible.run(deleteRequest(world, [two], 'delete'));
    expect(failure).toBeNull();
    expect(
      await world.asRoot(
        'ls -d /etc/systemd/system/*two* /etc/systemd/system/*/*two* /etc/pressluft-php/two* /etc/pressluft/pending/*two* 2>/dev/null; systemctl list-units --all --no-legend "pressluft*two*"',
      ),
    ).toBe('');
  });
});

/** Requests the front page until a file appears; prints how many answers of each kind there were. */
const visitors = `import collections, http.client, json, os, sys, threading
answers = collections.Counter()
def visit():
    while not os.path.exists("/tmp/visitors.end"):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", 80, timeout=60)
            connection.request("GET", "/", headers={"Host": sys.argv[1]})
            reply = connection.getresponse()
            answers[str(reply.status) if b"</html>" in reply.read() else "cut off"] += 1
        except Exception as error:
            answers[repr(error)] += 1
threads = [threading.Thread(target=visit) for _ in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(json.dumps(answers))
`;
