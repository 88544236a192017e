import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { probeNode } from '../../../src/actions/probe-node.ts';
import { ensureVenv } from '../../../src/adapters/ansible/ensure-venv.ts';
import type { DesiredEnvironment } from '../../../src/fleet/desired.ts';
import type { ObservedEnvironment } from '../../../src/fleet/observed.ts';
import type { SettingOwner } from '../../../src/fleet/setting-owners.ts';
import { ansibleRoot, ansibleVenv } from '../../../src/main/paths.ts';
import { driftOf } from '../../../src/plan/drift.ts';
import { type TestLab, testLab } from '../../support/e2e-lab.ts';
import { canRunMachines } from '../machine/lab-machine.ts';
import { type LabWorld, labWorld } from './lab-world.ts';
import { convergeRequest, described, provisionRequest } from './requests.ts';

const wp = (name: string, command: string) =>
  `cd /srv/pressluft/${name}/tmp && sudo -u pl-${name} -- wp --path=/srv/pressluft/${name}/current/public ${command} 2>&1`;

type Wordpress = DesiredEnvironment['wordpress'];

/** What people change in WordPress by hand: planned and put back where Git has the last word, left alone where the site has it. */
describe.skipIf(!canRunMachines)('the owner of a setting', { timeout: 300_000 }, () => {
  let test: TestLab;
  let world: LabWorld;
  const current = new Map<string, DesiredEnvironment>();

  beforeAll(async () => {
    await ensureVenv({ root: ansibleRoot, venvDir: ansibleVenv(process.env) });
    test = await testLab('owners');
    world = await labWorld(test);
    expect((await world.ansible.run(provisionRequest(world))).failure).toBeNull();
    for (const owner of ['git', 'site'] as const) current.set(owner, environment(owner));
    await converge();
  }, 900_000);
  afterAll(async () => {
    await world?.close();
    await test?.end();
  });

  /** Everything in it belongs to one owner; the environment is named after it. */
  function environment(owner: SettingOwner, more: Partial<Wordpress> = {}): DesiredEnvironment {
    const base = described(world, owner, { title: 'Tom & Co' });
    const manage = { plugins: owner, theme: owner, title: owner, adminEmail: owner, locale: owner };
    const wordpress: Wordpress = {
      ...base.wordpress,
      plugins: [world.plugin('akismet')],
      themes: [world.theme('twentytwentyfour'), world.theme('twentytwentyfive')],
      activeTheme: 'twentytwentyfour',
      manage,
      ...more,
    };
    return { ...base, wordpress };
  }

  /** Steps that changed something; fails if an environment does. */
  async function converge(): Promise<readonly string[]> {
    const { steps, failures } = await tryConverge();
    expect(failures).toEqual([]);
    return steps;
  }

  async function tryConverge() {
    const steps: string[] = [];
    const { environments } = await world.ansible.run(
      convergeRequest(world, [...current.values()], {
        onEvent: (event) => {
          if (event.event === 'environment_step' && event.status !== 'ok')
            steps.push(`${event.environment}: ${event.step}: ${event.message ?? ''}`);
        },
      }),
    );
    const failures = [...environments].flatMap(([name, end]) =>
      end.status === 'failed' ? [`${name}: ${end.error?.code}: ${end.error?.message}`] : [],
    );
    return { steps, failures };
  }

  async function seen(name: string): Promise<ObservedEnvironment> {
    const deps = { ...world, machines: world.shell, secrets: { redact: (text: string) => text } };
    const { environments } = await probeNode(deps, world.address, new AbortController().signal);
    const found = [...environments.values()].find((candidate) => candidate.name === name);
    if (found === undefined) throw new Error(`${name} is not on the node`);
    return found;
  }

  async function drift(name: string): Promise<readonly string[]> {
    const desired = current.get(name);
    if (desired === undefined) throw new Error(`${name} is not described`);
    return driftOf(desired, await seen(name)).map(
      ({ field, before, after }) => `${field}: ${before} → ${after}`,
    );
  }

  async function byHand(...commands: readonly string[]): Promise<void> {
    const lines = ['git', 'site'].flatMap((name) => commands.map((command) => wp(name, command)));
    await world.asRoot(lines.join(' && '));
  }

  it('has no drift after the installation, and a second converge changes nothing', async () => {
    expect(await drift('git')).toEqual([]);
    expect(await drift('site')).toEqual([]);
    expect(await converge()).toEqual([]);
    for (const name of ['git', 'site'])
      expect((await seen(name)).site).toMatchObject({
        title: 'Tom & Co',
        adminEmail: 'admin@acme.example',
        activePlugins: ['akismet'],
        activeTheme: 'twentytwentyfour',
      });
  });

  it('decides what becomes of a change by hand', async () => {
    await byHand(
      'plugin deactivate akismet',
      'theme activate twentytwentyfive',
      "option update blogname 'Mine & yours'",
      'option update admin_email me@acme.example',
    );
    expect(await drift('git')).toEqual([
      'admin_email: me@acme.example → admin@acme.example',
      'title: Mine & yours → Tom & Co',
      'wordpress.active_theme: twentytwentyfive → twentytwentyfour',
      'wordpress.plugins.akismet.active: false → true',
    ]);
    expect(await drift('site')).toEqual([]);
    const steps = await converge();
    expect(steps.every((step) => step.startsWith('git: '))).toBe(true);
    expect(await drift('git')).toEqual([]);
    expect((await seen('site')).site).toMatchObject({
      title: 'Mine & yours',
      adminEmail: 'me@acme.example',
      activePlugins: [],
      activeTheme: 'twentytwentyfive',
    });
    expect(await converge()).toEqual([]);
  });

  it('keeps what the site chose through a change of the manifest, and activates a plugin whose code is new', async () => {
    const plugins = [world.plugin('akismet'), world.plugin('wordpress-importer')];
    for (const owner of ['git', 'site'] as const)
      current.set(owner, { ...environment(owner, { plugins }), title: 'Another title' });
    await converge();
    expect((await seen('git')).site).toMatchObject({
      title: 'Another title',
      activePlugins: ['akismet', 'wordpress-importer'],
    });
    expect((await seen('site')).site).toMatchObject({
      title: 'Mine & yours',
      activePlugins: ['wordpress-importer'],
      activeTheme: 'twentytwentyfive',
    });
    expect(await converge()).toEqual([]);
  });

  it('never leaves an active plugin or an active theme without code', async () => {
    const themes = [world.theme('twentytwentyfour')];
    for (const owner of ['git', 'site'] as const) {
      const without = environment(owner, { plugins: [], themes, activeTheme: null });
      current.set(owner, { ...without, title: 'Another title' });
    }
    await byHand('option update stylesheet gone', 'option update template gone');
    await converge();
    for (const name of ['git', 'site']) {
      const { site, http } = await seen(name);
      expect(site?.activePlugins).toEqual([]);
      expect(http).toMatchObject({ status: 200 });
      const themeOf = site?.activeTheme ?? '';
      expect(
        await world.asRoot(`ls /srv/pressluft/${name}/current/public/wp-content/themes/${themeOf}`),
      ).not.toBe('');
    }
    expect(await converge()).toEqual([]);
  });

  it('fails with the address that WordPress does not accept, instead of trying it for ever', async () => {
    await byHand('option update admin_email me@acme.example');
    const git = current.get('git');
    if (git === undefined) throw new Error('git is not described');
    current.set('git', { ...git, adminEmail: 'a@bbb' });
    expect((await tryConverge()).failures).toEqual([
      expect.stringMatching(/^git: wordpress_failed: RuntimeException: WordPress does not accept a@bbb /),
    ]);
    current.set('git', git);
    expect(await converge()).not.toEqual([]);
    expect(await drift('git')).toEqual([]);
  });
});
