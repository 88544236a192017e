import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DesiredEnvironment } from '../../../src/fleet/desired.ts';
import { canRunMachines } from '../machine/lab-machine.ts';
import { type PhpWorld, phpWorld, programs } from './php-world.ts';
import { convergeRequest, deleteRequest } from './requests.ts';

describe.skipIf(!canRunMachines)('PHP masters on a real machine', { timeout: 300_000 }, () => {
  let at: PhpWorld;
  let one: DesiredEnvironment;
  let two: DesiredEnvironment;
  beforeAll(async () => {
    at = await phpWorld('contractphp');
    ({ one, two } = at);
  }, 900_000);
  afterAll(() => at?.close());

  it('a change fails no request of its site, nor one that takes long, and touches no neighbour', async () => {
    const [own, neighbours] = [await at.longRequest('one', 25), await at.longRequest('two', 25)];
    const before = { one: await at.masterOf('one'), two: await at.masterOf('two') };
    const changed = {
      ...one,
      php: { ...one.php, memoryLimit: '300M', ini: { 'date.timezone': 'Europe/Paris' } },
    };
    const { result, answers } = await at.underLoad('one', () => at.converge(changed, two));
    expect(result).toEqual({ one: 'changed', two: 'changed' });
    expect(Object.keys(answers)).toEqual(['200']);
    expect(await own()).toBe('"slept" 200');
    expect(await neighbours()).toBe('"slept" 200');
    await at.asRoot(
      'for n in $(seq 300); do systemctl list-units --state=active,activating,deactivating --no-legend "pressluft-php-*@*" | grep -q . || break; sleep 0.2; done',
    );
    expect(await at.masterOf('one')).not.toBe(before.one);
    await at.plant();
    expect(await at.php('one', "return [ini_get('memory_limit'), ini_get('date.timezone')];")).toEqual([
      '300M',
      'Europe/Paris',
    ]);
    one = changed;
  });

  it('a neighbour that changes alone leaves the master of the others running', async () => {
    const before = await at.masterOf('two');
    expect(await at.converge({ ...one, php: { ...one.php, memoryLimit: '256M' } })).toEqual({
      one: 'changed',
    });
    expect(await at.masterOf('two')).toBe(before);
  });

  it('a change whose master does not start is reported, and the site goes on as before', async () => {
    const drop = '/etc/systemd/system/pressluft-php-standby@one.service.d/90-broken.conf';
    await at.asRoot(`printf '[Service]\nExecStartPre=/bin/false\n' >${drop}`);
    const changed = { ...one, php: { ...one.php, memoryLimit: '333M' } };
    const { environments } = await at.world.ansible.run(convergeRequest(at.world, [changed]));
    expect(environments.get('one')?.error).toMatchObject({ code: 'pool_not_started' });
    expect(
      await at.asRoot(
        `grep -c 333M /etc/pressluft-php/one.conf; curl -s -o /dev/null -w '%{http_code}' -H 'Host: ${at.hostOf('one')}' 127.0.0.1/; rm ${drop}`,
      ),
    ).toBe('0\n200');
    expect(await at.converge(changed)).toEqual({ one: 'changed' });
    expect(await at.asRoot('grep -c 333M /etc/pressluft-php/one.conf')).toBe('1\n');
  });

  it('idle masters stop when memory is short, and the next visitor starts them', async () => {
    const tend = `${programs}/php-masters tend --below 101`;
    await at.asRoot(
      `for n in $(seq 300); do pgrep -f 'php-fpm: pool' >/dev/null || break; sleep 0.5; done; ${tend}; ${tend}`,
    );
    expect(await at.asRoot('systemctl is-active pressluft-php@one pressluft-php@two || true')).toBe(
      'inactive\ninactive\n',
    );
    expect(
      await at.asRoot(`curl -s -o /dev/null -w '%{http_code}' -H 'Host: ${at.hostOf('one')}' 127.0.0.1/`),
    ).toBe('200');
    expect(await at.asRoot('systemctl is-active pressluft-php@one pressluft-php@two || true')).toBe(
      'active\ninactive\n',
    );
  });

  it('a site that kills its own master is back with the next request', async () => {
    await at.plant();
    const pid = await at.masterOf('one');
    await at.asRoot(`${programs}/site-run one -- sh -c 'kill -9 ${pid}'`);
    expect(await at.php('one', 'return 1;')).toBe(1);
    expect(await at.masterOf('one')).not.toBe(pid);
  });

  it('a node with a shared master is migrated without failing a request', async () => {
    const socket = '/run/php/pressluft-two-8.2.sock';
    await at.asRoot(`cat >/etc/php/8.2/fpm/pool.d/two.conf <<'P'
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
    await at.plant();
    const long = await at.longRequest('two', 15);
    const { result, answers } = await at.underLoad('two', () => at.converge(two));
    expect(result).toEqual({ two: 'changed' });
    expect(Object.keys(answers)).toEqual(['200']);
    expect(await long()).toBe('"slept" 200');
    expect(
      await at.asRoot(
        'systemctl is-active php8.2-fpm pressluft-php@two; systemctl is-enabled php8.2-fpm; ls /etc/php/8.2/fpm/pool.d',
      ),
    ).toBe('inactive\nactive\ndisabled\n');
  });

  it('a stopped site has no process and no socket; wp-cli still works; a deleted one leaves no unit', async () => {
    expect(await at.converge({ ...two, state: 'stopped' })).toEqual({ two: 'changed' });
    expect(await at.asRoot('pgrep -u pl-two; ls /run/pressluft-php')).toBe('one.sock\n');
    expect(await at.asRoot(`${programs}/site-run two -- wp option get blogname`)).toBe('A site\n');
    const { failure } = await at.world.ansible.run(deleteRequest(at.world, [two], 'delete'));
    expect(failure).toBeNull();
    expect(
      await at.asRoot(
        'ls -d /etc/systemd/system/*two* /etc/systemd/system/*/*two* /etc/pressluft-php/two* /etc/pressluft/pending/*two* 2>/dev/null; systemctl list-units --all --no-legend "pressluft*two*"',
      ),
    ).toBe('');
  });
});
