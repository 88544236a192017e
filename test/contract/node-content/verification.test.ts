import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseProbe } from '../../../src/actions/probe-node.ts';
import { ensureVenv } from '../../../src/adapters/ansible/ensure-venv.ts';
import type { EnvironmentName } from '../../../src/fleet/brand.ts';
import type { DesiredEnvironment } from '../../../src/fleet/desired.ts';
import { ansibleRoot, ansibleVenv } from '../../../src/main/paths.ts';
import type { AnsibleEvent } from '../../../src/ports/ansible.ts';
import { type ArchiveServer, createArchiveServer } from '../../support/archive-server.ts';
import { type TestLab, testLab } from '../../support/e2e-lab.ts';
import { canRunMachines } from '../machine/lab-machine.ts';
import { type LabWorld, labWorld } from './lab-world.ts';
import { convergeRequest, described, provisionRequest } from './requests.ts';

type Pinned = Awaited<ReturnType<ArchiveServer['add']>>;

describe.skipIf(!canRunMachines)('verification on a real machine', { timeout: 300_000 }, () => {
  let test: TestLab;
  let world: LabWorld;
  let archives: ArchiveServer;
  beforeAll(async () => {
    await ensureVenv({ root: ansibleRoot, venvDir: ansibleVenv(process.env) });
    test = await testLab('contractverify');
    world = await labWorld(test);
    archives = await createArchiveServer(new URL(test.lab.mirror.url).hostname);
    const provisioned = await world.ansible.run(provisionRequest(world));
    expect(provisioned.failure).toBeNull();
  }, 900_000);
  afterAll(async () => {
    await archives?.close();
    await world?.close();
    await test?.end();
  });

  /** A site of its own for each test, so that they do not depend on each other. */
  function siteOf(name: string, cache: 'redis' | 'none' = 'none') {
    const base = described(world, name, {
      cache: { object: cache, memoryMib: cache === 'redis' ? 64 : null },
    });
    const site = (
      wordpress: Partial<DesiredEnvironment['wordpress']>,
      more: Partial<DesiredEnvironment> = {},
    ) => ({ ...base, ...more, wordpress: { ...base.wordpress, ...wordpress } });
    const preview = `${name}.${world.address.host.replaceAll('.', '-')}.preview.example`;
    return {
      site,
      converge: async (environment: DesiredEnvironment) => {
        const steps: string[] = [];
        const onEvent = (event: AnsibleEvent) => {
          if (event.event === 'environment_step' && event.status !== 'ok')
            steps.push(`${event.step} ${event.status}: ${event.message ?? ''}`);
          if (event.event === 'environment_step' && event.step === 'verify')
            steps.push(`verified: ${event.message ?? ''}`);
        };
        const { environments, stats } = await world.ansible.run(
          convergeRequest(world, [environment], { onEvent }),
        );
        expect(stats.failed).toBe(0);
        const end = environments.get(name);
        return { status: end?.status, code: end?.error?.code, message: end?.error?.message ?? '', steps };
      },
      /** What a visitor gets. */
      get: () => get(preview),
      sql: async (statement: string) =>
        world.asRoot(`mariadb -N -B ${await databaseOf(name)} <<'SQL'\n${statement}\nSQL\n`),
      digest: async () => {
        const probe = await world.shell.run(world.address, ['sudo', '-n', 'python3', '-'], {
          input: await world.ansible.probeScript(),
          timeoutMs: 30_000,
        });
        const seen = parseProbe(probe.stdout).environments.get(name as EnvironmentName);
        return { digest: seen?.appliedDigest, drift: seen?.driftedFiles, plugins: seen?.plugins };
      },
    };
  }

  async function get(host: string) {
    const text = await world.asRoot(`curl -s -w '\\n%{http_code}' -H 'Host: ${host}' http://127.0.0.1/`);
    const end = text.lastIndexOf('\n');
    return { status: Number(text.slice(end + 1)), body: text.slice(0, end) };
  }

  async function databaseOf(name: string): Promise<string> {
    const spec = await world.asRoot(`cat /etc/pressluft/environments/${name}.json`);
    return (JSON.parse(spec) as { spec: { database: string } }).spec.database;
  }

  const plugin = (slug: string, version: string, code: string) =>
    archives.add(slug, version, {
      [`${slug}.php`]: `<?php\n/*\n * Plugin Name: ${slug}\n * Version: ${version}\n */\n${code}\n`,
    });
  const theme = (slug: string, version: string) =>
    archives.add(slug, version, {
      'style.css': `/*\nTheme Name: ${slug}\nVersion: ${version}\n*/\n`,
      'index.php': `<?php echo 'the theme ${slug}';`,
    });
  const active = (...pinned: readonly Pinned[]) =>
    pinned.map((each) => ({
      ...each,
      active: true,
    })) as unknown as DesiredEnvironment['wordpress']['plugins'];
  const themes = (...pinned: readonly Pinned[]) =>
    pinned as unknown as DesiredEnvironment['wordpress']['themes'];

  it('returns to the release that worked when a new one ends in a PHP error, and names that error', async () => {
    const { site, converge, get, digest, sql } = siteOf('fatal', 'redis');
    const good = await plugin('loyalty', '1.0.0', "add_action('wp_footer', fn () => print('loyal'));");
    const bad = await plugin(
      'loyalty',
      '1.1.0',
      "add_action('init', function () { throw new DomainException('no such ledger'); });",
    );
    expect(await converge(site({ plugins: active(good) }))).toMatchObject({ status: 'changed' });
    const before = await digest();
    const options = await sql(
      'SELECT option_name, option_value FROM wp_options WHERE option_name IN ("active_plugins", "stylesheet", "pressluft_state")',
    );

    for (const more of [{}, { title: 'Another title' }]) {
      const ended = await converge(site({ plugins: active(bad) }, more));
      expect(ended).toMatchObject({ status: 'failed', code: 'release_switched_back' });
      expect(ended.message).toMatch(
        /PHP Fatal error: +Uncaught DomainException: no such ledger in \S+loyalty\.php:6/,
      );
      expect(ended.message).toContain('loyalty 1.1.0 to 1.0.0');
      expect(ended.message).not.toContain('Stack trace');
      expect(ended.steps.join('\n')).toContain('switch_back failed: release_switched_back: ');
      const page = await get();
      expect(page.status).toBe(200);
      expect(page.body).toContain('loyal');
      expect(await digest()).toEqual(before);
      expect(
        await sql(
          'SELECT option_name, option_value FROM wp_options WHERE option_name IN ("active_plugins", "stylesheet", "pressluft_state")',
        ),
      ).toBe(options);
    }
    const fixed = await plugin('loyalty', '1.2.0', "add_action('wp_footer', fn () => print('fixed'));");
    expect(await converge(site({ plugins: active(fixed) }))).toMatchObject({ status: 'changed' });
    expect((await get()).body).toContain('fixed');
  });

  it('returns to the release that worked when a new one leaves an empty page, and when its theme is removed', async () => {
    const { site, converge, get, sql } = siteOf('blank');
    const good = await plugin('teaser', '1.0', "add_action('wp_footer', fn () => print('teaser'));");
    const bad = await plugin('teaser', '1.1', "add_action('template_redirect', function () { exit; });");
    const own = await theme('storefront', '1.3');
    const before = { plugins: active(good), themes: themes(own) };
    expect(await converge(site(before))).toMatchObject({ status: 'changed' });
    expect(await converge(site({ ...before, plugins: active(bad) }))).toMatchObject({
      status: 'failed',
      code: 'release_switched_back',
      message: expect.stringContaining('the front page is empty (HTTP 200'),
    });
    expect((await get()).body).toContain('teaser');

    await sql(
      'UPDATE wp_options SET option_value = "storefront" WHERE option_name IN ("template", "stylesheet")',
    );
    expect((await get()).body).toBe('the theme storefront');
    const ended = await converge(site({ plugins: active(good) }));
    expect((await get()).status).toBe(200);
    expect((await get()).body).not.toBe('');
    if (ended.status === 'failed') {
      expect(ended.code).toBe('release_switched_back');
      expect(ended.message).toContain('its active theme storefront is not among its themes');
      expect((await get()).body).toBe('the theme storefront');
    }
  });

  it('leaves a site as it was when a plugin does not survive its activation, or the request after it', async () => {
    const { site, converge, get, sql } = siteOf('activation');
    const kept = await plugin('kept', '1.0', "add_action('wp_footer', fn () => print('kept'));");
    const throwing = await plugin(
      'throwing',
      '1.0',
      "register_activation_hook(__FILE__, function () { throw new LogicException('no table'); });",
    );
    const later = await plugin('later', '1.0', "add_action('init', fn () => missing_function());");
    expect(await converge(site({ plugins: active(kept) }))).toMatchObject({ status: 'changed' });
    for (const [broken, error] of [
      [throwing, 'LogicException: no table'],
      [later, 'Call to undefined function missing_function()'],
    ] as const) {
      const ended = await converge(site({ plugins: active(broken) }));
      expect(ended).toMatchObject({ status: 'failed', code: 'release_switched_back' });
      expect(ended.message).toContain(error);
      expect((await get()).body).toContain('kept');
      expect(await sql('SELECT option_value FROM wp_options WHERE option_name = "active_plugins"')).toBe(
        'a:1:{i:0;s:13:"kept/kept.php";}\n',
      );
    }
  });

  it('undoes an activation alone, when the code was there before', async () => {
    const { site, converge, get } = siteOf('dormant');
    const later = await plugin('dormant', '1.0', "add_action('init', fn () => missing_function());");
    const off = active(later).map((each) => ({ ...each, active: false }));
    expect(await converge(site({ plugins: off }))).toMatchObject({ status: 'changed' });
    const ended = await converge(site({ plugins: active(later) }));
    expect(ended).toMatchObject({ status: 'failed', code: 'activation_undone' });
    expect(ended.message).toContain('PHP Fatal error: Uncaught Error: Call to undefined function');
    expect((await get()).status).toBe(200);
  });

  it('does not judge what a front page says', async () => {
    const { site, converge, get, sql } = siteOf('content');
    expect(await converge(site({}))).toMatchObject({ status: 'changed' });
    await sql(
      'UPDATE wp_posts SET post_status = "private" WHERE post_type = "page"; UPDATE wp_options SET option_value = "page" WHERE option_name = "show_on_front"; UPDATE wp_options SET option_value = (SELECT MAX(ID) FROM wp_posts WHERE post_type = "page" AND post_status = "private") WHERE option_name = "page_on_front"',
    );
    expect((await get()).status).toBe(404);
    const memory = (memoryLimit: string) => ({ php: { ...site({}).php, memoryLimit } });
    const hidden = await converge(site({}, memory('300M')));
    expect(hidden).toMatchObject({ status: 'changed' });
    expect(hidden.steps.join('\n')).toMatch(/verified: 404 in \d+ ms, as before the change/);

    const soon = await plugin(
      'soon',
      '1.0',
      "add_action('template_redirect', fn () => wp_die('Coming soon', 'Soon', ['response' => 503]));",
    );
    const coming = await converge(site({ plugins: active(soon) }));
    expect(coming).toMatchObject({ status: 'changed' });
    expect(coming.steps.join('\n')).toMatch(/verified: 503 in \d+ ms; 404 before the change/);
    expect(await converge(site({ plugins: active(soon) }, memory('310M')))).toMatchObject({
      status: 'changed',
    });
    expect(await converge(site({ plugins: active(soon) }, memory('310M')))).toMatchObject({ status: 'ok' });
  });

  it('returns to the verified release also after a run that was killed behind its switch', async () => {
    const { site, converge, get } = siteOf('killed');
    const good = await plugin('tally', '1.0', "add_action('wp_footer', fn () => print('tally'));");
    const bad = await plugin('tally', '1.1', "add_action('init', fn () => missing_function());");
    expect(await converge(site({ plugins: active(good) }))).toMatchObject({ status: 'changed' });
    const controller = new AbortController();
    const killed = world.ansible.run(
      convergeRequest(world, [site({ plugins: active(bad) })], {
        signal: controller.signal,
        onEvent: (event) => {
          if (event.event === 'task_start' && event.task === 'Verify and record') controller.abort();
        },
      }),
    );
    await expect(killed).rejects.toThrow();
    const ended = await converge(site({ plugins: active(bad) }));
    expect(ended).toMatchObject({ status: 'failed' });
    expect(['release_switched_back', 'site_fatal']).toContain(ended.code);
    expect((await get()).body).toContain('tally');
  });
});
