import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureVenv } from '../../../src/adapters/ansible/ensure-venv.ts';
import type { DesiredEnvironment } from '../../../src/fleet/desired.ts';
import type { DesiredLocation, DesiredNginx } from '../../../src/fleet/desired-nginx.ts';
import { ansibleRoot, ansibleVenv } from '../../../src/main/paths.ts';
import { nginxAttacks } from '../../attack/nginx-attacks.ts';
import { type TestLab, testLab } from '../../support/e2e-lab.ts';
import { defaultNginx } from '../../support/fleet-builders.ts';
import { canRunMachines } from '../machine/lab-machine.ts';
import { type LabWorld, labWorld } from './lab-world.ts';
import { siteFile, snippetFile, systemState, testedUnjudged } from './nginx-tries.ts';
import { convergeRequest, described, provisionRequest } from './requests.ts';

/** Raw directives of a site owner against the node and its neighbours; and what typed settings do on a real nginx. */
describe.skipIf(!canRunMachines)('nginx of a real machine', { timeout: 600_000 }, () => {
  let test: TestLab;
  let world: LabWorld;
  let token: string;

  beforeAll(async () => {
    await ensureVenv({ root: ansibleRoot, venvDir: ansibleVenv(process.env) });
    test = await testLab('nginx');
    world = await labWorld(test);
    expect((await world.ansible.run(provisionRequest(world))).failure).toBeNull();
    expect(await ends(site('attacker'), site('victim'))).toEqual({ attacker: 'changed', victim: 'changed' });
    token = (await world.asRoot(`sed 's/^"//; s/".*//' /etc/nginx/pressluft/probe-token.map`)).trim();
    expect(token).toMatch(/^\S{16,}$/);
  }, 900_000);
  afterAll(async () => {
    await world?.close();
    await test?.end();
  });

  const site = (name: string, nginx: Partial<DesiredNginx> = {}): DesiredEnvironment =>
    described(world, name, { nginx: { ...defaultNginx, ...nginx } });

  async function converge(...environments: readonly DesiredEnvironment[]) {
    return world.ansible.run(convergeRequest(world, environments));
  }

  async function ends(...environments: readonly DesiredEnvironment[]) {
    const { environments: outcomes } = await converge(...environments);
    return Object.fromEntries(
      [...outcomes].map(([name, { status, error }]) => [name, error?.message ?? status]),
    );
  }

  /** An answer of a site to a visitor on the node: its status and headers, then its body. */
  const get = (name: string, path: string, options = '') =>
    world.asRoot(
      `curl -s -i -m 20 --path-as-is -H 'Host: '$(awk '$1 == "server_name" { print $2; exit }' /etc/nginx/pressluft/sites/${name}.conf | tr -d ';') ${options} '127.0.0.1${path}' | tr -d '\\r'`,
    );
  const status = async (name: string, path: string, options = '') =>
    Number((await get(name, path, options)).split(' ')[1]);

  describe('a snippet', () => {
    it.each([
      'writes the file that every program loads first',
      'gives a directory of root to www-data',
      'runs code as a neighbour',
      'listens on loopback',
      'includes a file of root',
      'takes the name of a neighbour',
    ])('that %s is refused by the node, and nothing happens', async (name) => {
      const before = await world.asRoot(systemState);
      const told = (await ends(site('attacker', { serverSnippet: nginxAttacks[name] ?? '' }))).attacker;
      expect(told).toContain('of spec.nginx.serverSnippet');
      expect(told).not.toContain(token);
      expect(await world.asRoot(systemState)).toBe(before);
    });

    it('does nothing in the test of the configuration, even if nobody had judged it', async () => {
      const before = await world.asRoot(systemState);
      const names = Object.keys(nginxAttacks);
      const attacks = Object.values(nginxAttacks);
      const told: (string | null)[] = [];
      for (let at = 0; at < attacks.length; at += 12)
        told.push(...JSON.parse(await world.asRoot(testedUnjudged(attacks.slice(at, at + 12)))));
      expect(told).toHaveLength(names.length);
      // Most are refused by nginx; those that it accepts are why they are judged first.
      expect(told.filter((message) => message !== null).length).toBeGreaterThan(20);
      expect(told[names.indexOf('includes a file of root')]).toMatch(/^nginx does not accept/);
      expect(told.join('\n')).not.toContain(token);
      expect(await world.asRoot(systemState)).toBe(before);
    });

    it('that nginx does not accept is reported by its line, and the words of nginx stay on the node', async () => {
      const told = (await ends(site('attacker', { serverSnippet: 'etag off;\nrewrite "^/(" /a permanent;' })))
        .attacker;
      expect(told).toMatch(/^nginx does not accept line 2 of spec\.nginx\.serverSnippet of attacker; /);
      expect(told).not.toMatch(/pcre|emerg|missing/);
      const details = await world.asRoot(
        'cd /var/lib/pressluft/nginx-test && stat -c "%U %a" attacker.txt && cat attacker.txt',
      );
      expect(details).toMatch(/^root 600\n/);
      expect(details).toMatch(/pcre/);
    });

    it('that may be there is served', async () => {
      const snippet = 'location = /health { return 204; }';
      expect(await ends(site('attacker', { serverSnippet: snippet }))).toEqual({ attacker: 'changed' });
      expect(await status('attacker', '/health')).toBe(204);
      expect(await ends(site('attacker'))).toEqual({ attacker: 'changed' });
    });

    it('of an older version that nginx cannot load any more is taken out, so that the node can go on', async () => {
      const include = `sed -i 's#client_max_body_size#include ${snippetFile};\\n&#' ${siteFile}`;
      await world.asRoot(`${include}; echo 'include /etc/nginx/pressluft/probe-token.map;' >${snippetFile}
sed -i 's/^# In a directory/# Changed. &/' /etc/nginx/nginx.conf`);
      const outcome = await world.ansible.run(provisionRequest(world));
      expect(outcome.failure).toBeNull();
      expect(JSON.stringify([...outcome.data])).not.toContain(token);
      expect(await world.asRoot(`cat ${snippetFile}`)).toMatch(/^# Removed by Pressluft/);
      expect(await ends(site('attacker'), site('victim'))).toEqual({ attacker: 'changed', victim: 'ok' });
    });
  });

  describe('the process', () => {
    const inside = (script: string) =>
      world.asRoot(`nsenter -t "$(cat /run/nginx/nginx.pid)" -m sh -c '${script}' 2>&1 || true`);

    it('can write to its logs and the sites only, and sees no other service', async () => {
      expect(
        await inside('for d in / /etc /usr /var /var/lib /run /home; do touch $d/x && echo wrote $d; done'),
      ).not.toContain('wrote');
      expect(
        await inside('ls -A /root /home /var/lib/mysql /var/lib/pressluft /etc/pressluft/secrets'),
      ).not.toMatch(/\w+\.(json|txt|bashrc)|ibdata/);
      expect(await inside('ls -A /run')).not.toMatch(/mysqld|redis|dbus|sshd/);
      expect(await inside('touch /var/log/nginx/x && rm /var/log/nginx/x && echo wrote')).toContain('wrote');
      expect(await inside('cp /bin/true /srv/pressluft/x; /srv/pressluft/x; rm /srv/pressluft/x')).toMatch(
        /denied/,
      );
      const own = await world.asRoot('cat "/proc/$(cat /run/nginx/nginx.pid)/status"');
      expect(own).toMatch(/^NoNewPrivs:\t1$/m);
      expect(own).toMatch(/^Seccomp:\t2$/m);
      expect(BigInt(`0x${/^CapBnd:\t([0-9a-f]+)$/m.exec(own)?.[1]}`)).toBe(
        // CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_KILL, CAP_SETGID, CAP_SETUID, CAP_NET_BIND_SERVICE of linux/capability.h.
        [0n, 1n, 5n, 6n, 7n, 10n].reduce((sum, bit) => sum | (1n << bit), 0n),
      );
    });

    it('reopens its logs when they are rotated, keeps serving, and reloads', async () => {
      const log = '/srv/pressluft/victim/logs/access.log';
      await get('victim', '/');
      await world.asRoot('logrotate -f /etc/logrotate.d/pressluft');
      await get('victim', '/after-rotation');
      await world.asRoot(
        `for n in 1 2 3 4 5 6 7 8 9; do grep -q after-rotation ${log} && exit; sleep 0.2; done; exit 1`,
      );
      const before = await world.asRoot('cat /run/nginx/nginx.pid');
      await world.asRoot('systemctl reload nginx && systemctl is-active nginx');
      expect(await world.asRoot('cat /run/nginx/nginx.pid')).toBe(before);
      expect(await status('victim', '/')).toBe(200);
      await world.asRoot('systemctl restart nginx && systemctl is-active nginx');
      expect(await status('victim', '/')).toBe(200);
    });

    it('answers names of nobody with text', async () => {
      const answer = await world.asRoot("curl -s -i -H 'Host: nobody.example' 127.0.0.1/ | tr -d '\\r'");
      expect(answer).toMatch(
        /^HTTP\/1.1 404[\s\S]*\nContent-Type: text\/plain; charset=utf-8\n[\s\S]*No site here/,
      );
    });

    it('sends a file as it is now', async () => {
      const file = '/srv/pressluft/victim/shared/uploads/x.css';
      const sent: string[] = [];
      for (const text of ['first', 'a much longer second one', '3']) {
        await world.asRoot(`printf '${text}' >${file}`);
        sent.push((await get('victim', '/wp-content/uploads/x.css')).split('\n\n')[1] ?? '');
      }
      expect(sent).toEqual(['first', 'a much longer second one', '3']);
    });
  });

  describe('typed settings', () => {
    const location = (path: string, more: Partial<DesiredLocation>): DesiredLocation => ({
      path,
      match: 'prefix',
      headers: {},
      allow: [],
      deny: [],
      answer: null,
      ...more,
    });

    beforeAll(async () => {
      const text = 'Gone "for good".\nSorry {}; \\';
      const nginx: Partial<DesiredNginx> = {
        maxBodyBytes: 1024,
        xmlrpc: 'allow',
        headers: { 'X-Frame-Options': 'DENY', 'X-Powered-By': null, 'Referrer-Policy': null },
        lifetimes: { css: 60 },
        locations: [
          location('/gone', { answer: { status: 410, text, contentType: 'text/plain' } }),
          location('/gone/not', { headers: { 'X-Frame-Options': 'SAMEORIGIN', 'X-Robots-Tag': 'noindex' } }),
          location('/wp-admin', { allow: ['203.0.113.0/24'] }),
          location('/wp-login.php', { match: 'exact', deny: ['127.0.0.0/8'] }),
          location('/wp-content/uploads', { lifetime: null }),
        ],
      };
      expect(await ends(site('attacker', nginx))).toEqual({ attacker: 'changed' });
      expect(await ends(site('attacker', nginx))).toEqual({ attacker: 'ok' });
    });

    it('answer a path and all below it, unless a longer one decides', async () => {
      for (const path of ['/gone', '/gone/', '/gone/a/b.php'])
        expect(await get('attacker', path)).toMatch(
          /^HTTP\/1.1 410 [\s\S]*\n\nGone "for good"\.\nSorry \{\}; \\$/,
        );
      expect(await status('attacker', '/gonebut')).not.toBe(410);
      expect(await status('attacker', '/gone/not')).not.toBe(410);
      expect(await status('attacker', '/.pressluft/answer/1')).toBe(404);
    });

    it('close paths to addresses however they are written, also for PHP', async () => {
      for (const path of [
        '/wp-admin/',
        '/wp-admin/index.php',
        '//wp-admin/x',
        '/a/../wp-admin/',
        '/%77p-admin/',
        '/wp-login.php',
        '/wp-login.php?a',
      ])
        expect(await status('attacker', path), path).toBe(403);
      expect(await status('attacker', '/wp-administrator')).not.toBe(403);
      expect(await status('victim', '/wp-login.php')).toBe(200);
      expect(await status('attacker', '/wp-login.php', `-H 'X-Pressluft-Probe: ${token}'`), 'the probe').toBe(
        200,
      );
    });

    it('set and remove headers of pages and files', async () => {
      const page = await get('attacker', '/gone/not');
      expect(page).toMatch(/^X-Frame-Options: SAMEORIGIN$/m);
      expect(page).toMatch(/^X-Robots-Tag: noindex$/m);
      const home = await get('attacker', '/');
      expect(home).toMatch(/^HTTP\/1.1 200 /);
      expect(home).toMatch(/^X-Frame-Options: DENY$/m);
      expect(home).not.toMatch(/^(X-Powered-By|Referrer-Policy|X-Robots-Tag):/im);
      expect(await get('victim', '/')).toMatch(/^Referrer-Policy: /m);
    });

    it('say how long files may be kept, and nothing of what PHP answers', async () => {
      expect(await get('attacker', '/wp-includes/css/dashicons.min.css')).toMatch(
        /^Cache-Control: max-age=60$/m,
      );
      expect(await get('victim', '/wp-includes/css/dashicons.min.css')).toMatch(
        /^Cache-Control: max-age=2592000$/m,
      );
      await world.asRoot('echo x >/srv/pressluft/attacker/shared/uploads/x.css');
      expect(await get('attacker', '/wp-content/uploads/x.css')).not.toMatch(/^Cache-Control/m);
      expect(await get('attacker', '/')).not.toMatch(/^Cache-Control: max-age/m);
    });

    it('limit the body of a request, and let XML-RPC answer', async () => {
      expect(await status('attacker', '/', `-H 'Expect:' --data-binary @/etc/services`)).toBe(413);
      expect(await status('victim', '/xmlrpc.php', '-d x')).toBe(403);
      expect(
        await get(
          'attacker',
          '/xmlrpc.php',
          '-d "<methodCall><methodName>demo.sayHello</methodName></methodCall>"',
        ),
      ).toContain('Hello!');
    });
  });
});
