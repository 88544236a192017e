import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { checkCode, probeNode } from '../../../src/actions/probe-node.ts';
import { ensureVenv } from '../../../src/adapters/ansible/ensure-venv.ts';
import type { EnvironmentName } from '../../../src/fleet/brand.ts';
import type { DesiredEnvironment } from '../../../src/fleet/desired.ts';
import { ansibleRoot, ansibleVenv } from '../../../src/main/paths.ts';
import { type TestLab, testLab } from '../../support/e2e-lab.ts';
import { canRunMachines } from '../machine/lab-machine.ts';
import { type LabWorld, labWorld } from './lab-world.ts';
import { convergeRequest, described, provisionRequest } from './requests.ts';

const noSignal = new AbortController().signal;
const pages = '/var/lib/pressluft/site-checks/front-page';
const docroot = (name: string) => `/srv/pressluft/${name}/current/public`;
const wp = (name: string, command: string) =>
  `cd /srv/pressluft/${name}/tmp && sudo -u pl-${name} -- wp --path=${docroot(name)} ${command} 2>&1`;

/** What people do by hand in WordPress and on its disk, as the probe reports it; each test leaves both sites as they were. */
describe.skipIf(!canRunMachines)('the observed site', { timeout: 300_000 }, () => {
  let test: TestLab;
  let world: LabWorld;
  let environments: readonly DesiredEnvironment[];

  beforeAll(async () => {
    await ensureVenv({ root: ansibleRoot, venvDir: ansibleVenv(process.env) });
    test = await testLab('observedsite');
    world = await labWorld(test);
    const { outcome } = await run(provisionRequest(world));
    expect(outcome.failure).toBeNull();
    environments = ['acme', 'shop'].map((name) => {
      const base = described(world, name, { title: 'Tom & Co' });
      const plugins = [world.plugin('akismet'), world.plugin('wordpress-importer')];
      return { ...base, wordpress: { ...base.wordpress, plugins } };
    });
    await converge();
  }, 900_000);
  afterAll(async () => {
    await world?.close();
    await test?.end();
  });
  beforeEach(() => world.asRoot(`rm -f ${pages}/*`));

  const deps = () => ({ ...world, machines: world.shell, secrets: { redact: (text: string) => text } });
  async function run(request: Parameters<LabWorld['ansible']['run']>[0]) {
    const steps: string[] = [];
    const outcome = await world.ansible.run({
      ...request,
      onEvent: (event) => {
        if (event.event === 'environment_step' && event.status !== 'ok')
          steps.push(`${event.environment}: ${event.step}: ${event.message ?? ''}`);
      },
    });
    return { outcome, steps };
  }
  async function converge() {
    const { outcome, steps } = await run(convergeRequest(world, environments));
    expect([...outcome.environments].filter(([, { status }]) => status === 'failed')).toEqual([]);
    return steps;
  }
  async function site(name = 'acme') {
    const { environments: found } = await probeNode(deps(), world.address, noSignal);
    return found.get(name as EnvironmentName)?.site;
  }
  /** The rotation, with every environment due. */
  async function checked(name = 'acme') {
    await world.asRoot(
      'rm -f /var/lib/pressluft/site-checks/*/*; for turn in 1 2; do systemctl start pressluft-site-checks.service; done',
    );
    return await site(name);
  }
  /** A must-use plugin cannot be added, since releases are read-only for sites; a theme's file can be replaced by root. */
  const withFile = async (path: string, content: string, during: () => Promise<void>) => {
    const file = `${docroot('acme')}/${path}`;
    // PHP compares the times of a file every two seconds.
    await world.asRoot(`cp -a ${file} /root/kept; cat > ${file} <<'EOF'\n${content}\nEOF\nsleep 3`);
    try {
      await during();
    } finally {
      await world.asRoot(`cp -a /root/kept ${file}; sleep 3`);
    }
  };

  it('is what WordPress says; front page and code are checked by a timer of the node', async () => {
    const timers = 'systemctl list-timers --all --no-legend | grep -o "pressluft[a-z-]*.timer" | sort';
    expect((await world.asRoot(timers)).trim().split('\n')).toEqual([
      'pressluft-code-check.timer',
      'pressluft-php-masters.timer',
      'pressluft-site-checks.timer',
    ]);
    await expect
      .poll(async () => (await site())?.frontPage ?? (await site('shop'))?.frontPage, {
        timeout: 150_000,
        interval: 5_000,
      })
      .toEqual({ state: 'ok', status: 200, message: '', at: expect.any(String) });
    // The other tests start the checks themselves.
    await world.asRoot('systemctl stop pressluft-site-checks.timer');
    expect(await checked()).toEqual({
      activePlugins: ['akismet', 'wordpress-importer'],
      activeTheme: expect.stringMatching(/^twenty/),
      title: 'Tom & Co',
      adminEmail: 'admin@acme.example',
      locale: 'en_US',
      databaseVersion: expect.stringMatching(/^\d+$/),
      frontPage: { state: 'ok', status: 200, message: '', at: expect.any(String) },
      code: { intact: true, paths: [], at: expect.any(String) },
    });
  });

  it('shows a plugin that somebody deactivated, another theme, another title, address and language', async () => {
    const before = await site();
    const other = before?.activeTheme === 'twentytwentyfour' ? 'twentytwentyfive' : 'twentytwentyfour';
    await world.asRoot(
      [
        'plugin deactivate akismet',
        `theme activate ${other}`,
        'option update blogname "Mine <now>"',
        'option update admin_email me@acme.example',
      ]
        .map((command) => wp('acme', command))
        .join(' && '),
    );
    // WordPress accepts only languages that are installed.
    await world.asRoot(
      `mariadb pl_acme -e "UPDATE wp_options SET option_value='de_DE' WHERE option_name='WPLANG'"`,
    );
    expect(await site()).toMatchObject({
      activePlugins: ['wordpress-importer'],
      activeTheme: other,
      title: 'Mine <now>',
      adminEmail: 'me@acme.example',
      locale: 'de_DE',
    });
    expect(await site('shop')).toMatchObject({
      activePlugins: ['akismet', 'wordpress-importer'],
      title: 'Tom & Co',
    });
    await world.asRoot(`${wp('acme', `theme activate ${before?.activeTheme}`)}`);
    await converge();
  });

  it('shows a blank front page, a fatal error with its line, and the installer', async () => {
    const theme = (await site())?.activeTheme;
    const template = `wp-content/themes/${theme}/functions.php`;
    await withFile(template, '<?php exit;', async () => {
      expect((await checked())?.frontPage).toMatchObject({ state: 'empty', status: 200 });
    });
    await withFile(template, '<?php add_action("init", function () { no_such_function(); });', async () => {
      expect((await checked())?.frontPage).toMatchObject({
        state: 'fatal',
        status: 500,
        message: `PHP Fatal error: Uncaught Error: Call to undefined function no_such_function() in ${template}:1`,
      });
      expect((await site('shop'))?.frontPage).toMatchObject({ state: 'ok' });
    });
    await world.asRoot(
      `${wp('acme', 'db export /srv/pressluft/acme/tmp/all.sql')} && ${wp('acme', 'db reset --yes')}`,
    );
    // The object cache still has the pages, so that visitors notice nothing yet.
    const empty = await checked();
    await world.asRoot(wp('acme', 'db import /srv/pressluft/acme/tmp/all.sql'));
    expect(empty).toMatchObject({
      activePlugins: null,
      title: null,
      frontPage: { state: 'installer', status: null },
    });
    expect((await checked())?.frontPage).toMatchObject({ state: 'ok', status: 200 });
  });

  it('sends no e-mail about an error that only the probe has met', async () => {
    const template = `wp-content/themes/${(await site())?.activeTheme}/functions.php`;
    const code = '<?php add_filter("is_protected_endpoint", "__return_true"); no_such_function();';
    const sent = async () =>
      await world.asRoot(
        `mariadb -N pl_acme -e "SELECT COUNT(*) FROM wp_options WHERE option_name = 'recovery_mode_email_last_sent'"`,
      );
    await withFile(template, code, async () => {
      expect((await checked())?.frontPage).toMatchObject({ state: 'fatal' });
      expect((await sent()).trim()).toBe('0');
      // A visitor's request is the site's own affair.
      const host = `python3 -c 'import json; print(json.load(open("/etc/pressluft/environments/acme.json"))["spec"]["site_url"][7:])'`;
      await world.asRoot(`curl -so /dev/null -H "Host: $(${host})" http://127.0.0.1/`);
      expect((await sent()).trim()).toBe('1');
    });
    await world.asRoot(
      `mariadb pl_acme -e "DELETE FROM wp_options WHERE option_name LIKE 'recovery_%'" && ${wp('acme', 'cache flush')}`,
    );
  });

  it('a converge that WordPress ends names the last line that it printed', async () => {
    const template = `wp-content/themes/${(await site())?.activeTheme}/functions.php`;
    const script = await readFile(join(ansibleRoot, 'files/wordpress/converge.php'), 'utf8');
    const file = '/srv/pressluft/acme/tmp/converge.php';
    const request = JSON.stringify({
      mode: 'configure',
      root: docroot('acme'),
      site_url: 'http://acme.example',
      admin_password: 'secret-of-acme',
    });
    await world.asRoot(`cat > ${file} <<'END_OF_SCRIPT'\n${script}\nEND_OF_SCRIPT`);
    const run = `cd /srv/pressluft/acme/tmp && echo '${request}' | sudo -u pl-acme php8.2 ${file}`;
    const reason = async () =>
      (JSON.parse(await world.asRoot(run)) as { readonly error: { readonly message: string } }).error.message;
    await withFile(
      template,
      '<?php echo "<p>Hello</p>\n<b>No licence &amp; secret-of-acme</b>\n"; exit;',
      async () => {
        expect(await reason()).toBe('WordPress ended the process: No licence & …');
      },
    );
    await withFile(template, '<?php exit;', async () => {
      expect(await reason()).toBe('WordPress ended the process, and printed no reason');
    });
    await world.asRoot(`rm ${file}`);
  });

  it('accepts what the site decides: a private front page', async () => {
    await world.asRoot(
      [
        wp(
          'acme',
          `option update page_on_front $(${wp('acme', 'post create --post_type=page --post_status=private --post_title=Own --porcelain')})`,
        ),
        wp('acme', 'option update show_on_front page'),
      ].join(' && '),
    );
    expect((await checked())?.frontPage).toMatchObject({ state: 'ok', status: 404 });
    await world.asRoot(wp('acme', 'option update show_on_front posts'));
  });

  it('shows code that was changed, removed or added, and a converge replaces it without touching the neighbour', async () => {
    const files = `find /srv/pressluft/*/slots/a/releases/ /srv/pressluft/.cache -type f -printf '%i\\n' | sort | uniq -d | wc -l`;
    expect((await world.asRoot(files)).trim()).toBe('0');
    const [root, neighbour] = [docroot('acme'), `cat ${docroot('shop')}/index.php | sha256sum`];
    const before = await world.asRoot(neighbour);
    await world.asRoot(
      `echo '# harm' >> ${root}/index.php; rm ${root}/wp-includes/version.php; echo '<?php' > ${root}/wp-content/plugins/akismet/x.php; systemctl start pressluft-site-checks.service`,
    );
    const paths = ['index.php', 'wp-content/plugins/akismet/x.php', 'wp-includes/version.php'];
    expect((await checked())?.code).toEqual({ intact: false, paths, at: expect.any(String) });
    expect(await world.asRoot(neighbour)).toBe(before);
    expect((await site('shop'))?.code).toMatchObject({ intact: true });
    const steps = await converge();
    expect(steps.filter((step) => step.includes(': release:'))).toEqual([
      expect.stringMatching(/^acme: release: .*replaced.*index\.php/),
    ]);
    expect(await site()).toMatchObject({ code: { intact: true, paths: [] } });
    expect((await checked())?.frontPage).toMatchObject({ state: 'ok', status: 200 });
    expect(await converge()).toEqual([]);
  });

  it('has all its code read again on request, also where inode and ctime are as they were', async () => {
    const manifest = `/srv/pressluft/acme/slots/a/manifests/$(basename $(readlink ${docroot('acme')})).json`;
    const other = 'a'.repeat(64);
    await world.asRoot(
      `cp -a ${manifest} /root/manifest; sed -i 's/"index.php":\\["[0-9a-f]*"/"index.php":["${other}"/' ${manifest}`,
    );
    expect((await checked())?.code).toMatchObject({ intact: true });
    const found = await checkCode(deps(), world.address, noSignal);
    await world.asRoot(`cp -a /root/manifest ${manifest}`);
    expect(found.get('acme' as EnvironmentName)).toMatchObject({ intact: false, paths: ['index.php'] });
    expect(found.get('shop' as EnvironmentName)).toMatchObject({ intact: true });
  });
});
