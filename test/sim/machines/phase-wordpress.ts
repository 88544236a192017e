import { sha256Hex } from '../../../src/fleet/digest.ts';
import type { Installation } from './machine.ts';
import {
  type AtWork,
  begin,
  change,
  fail,
  type Outcomes,
  progressOf,
  runEach,
  StepError,
  step,
  type Wanted,
} from './module.ts';
import { checkDatabase } from './phase-data.ts';

/** `pressluft_environment_wordpress`: installed, upgraded, and with the described options, plugins and theme. */
export async function wordpress(
  at: AtWork,
  all: readonly Wanted[],
  previous: readonly Outcomes[],
): Promise<Outcomes> {
  const { environments, outcomes } = begin(all, previous);
  try {
    if (environments.length > 0) checkDatabase(at);
  } catch (error) {
    if (!(error instanceof StepError)) throw error;
    for (const environment of environments)
      fail(progressOf(outcomes, environment), error.code, error.message);
    return outcomes;
  }
  await runEach(at, environments, outcomes, (_environment, own) => step(at, own, 'inspect', () => undefined));
  await runEach(at, environments, outcomes, async (environment, own) => {
    const installed = at.machine.slots.get(environment.name)?.installation ?? null;
    const wanted = wantedInstallation(at, environment);
    if (installed === null) {
      await step(at, own, 'install', (entry) => {
        entry.message = 'installed';
        return change(at, environment, entry, 2500, 'installed WordPress', (slot) => {
          slot.installation = { ...wanted, dataId: at.machines.nextDataId(), page: 'ok', posts: 0 };
        });
      });
      if (
        at.check ||
        (environment.wordpress.plugins.length === 0 && environment.wordpress.active_theme === null)
      )
        return;
    }
    await step(at, own, 'configure', async (entry) => {
      const managed = managedBy(environment);
      const different = installed === null ? ['installed'] : differences(installed, wanted, managed);
      if (different.length === 0) return;
      entry.message = different.join(', ');
      await change(at, environment, entry, 900, `configured WordPress: ${different.join(', ')}`, (slot) => {
        if (slot.installation !== null) slot.installation = configured(slot.installation, wanted, managed);
      });
    });
  });
  return outcomes;
}

type Described = Omit<Installation, 'dataId' | 'page' | 'posts'>;

function wantedInstallation({ machine }: AtWork, environment: Wanted): Described {
  const { title, admin_user: user, admin_email: email, site_url: siteUrl, access } = environment;
  const { locale, plugins, active_theme: theme } = environment.wordpress;
  const slot = machine.slots.get(environment.name);
  const activePlugins = plugins.filter(({ active }) => active !== false).map(({ slug }) => slug);
  const described = [user, siteUrl, access.noindex];
  return {
    desired: sha256Hex(JSON.stringify(described)),
    siteUrl,
    core: slot?.releases.get(slot.live ?? '')?.wordpress ?? environment.wordpress.version,
    activePlugins,
    theme,
    title,
    adminEmail: email,
    locale,
  };
}

type Managed = Readonly<Record<'plugins' | 'theme' | 'title' | 'adminEmail' | 'locale', boolean>>;

/** What Git has the last word on; the rest is set by the installation only. */
function managedBy({ wordpress }: Wanted): Managed {
  const manage = 'manage' in wordpress ? (wordpress.manage as Readonly<Record<string, unknown>>) : {};
  const isGit = (key: string) => manage[key] !== 'site';
  return {
    plugins: isGit('plugins'),
    theme: isGit('theme'),
    title: isGit('title'),
    adminEmail: isGit('adminEmail') && isGit('admin_email'),
    locale: isGit('locale'),
  };
}

/** The installation after the phase: data and content stay. */
function configured(found: Installation, wanted: Described, managed: Managed): Installation {
  return {
    ...found,
    desired: wanted.desired,
    siteUrl: wanted.siteUrl,
    core: wanted.core,
    activePlugins: managed.plugins ? wanted.activePlugins : found.activePlugins,
    theme: managed.theme && wanted.theme !== null ? wanted.theme : found.theme,
    title: managed.title ? wanted.title : found.title,
    adminEmail: managed.adminEmail ? wanted.adminEmail : found.adminEmail,
    locale: managed.locale ? wanted.locale : found.locale,
  };
}

function differences(found: Installation, wanted: Described, managed: Managed): readonly string[] {
  const same = {
    desired: found.desired === wanted.desired,
    site_url: found.siteUrl === wanted.siteUrl,
    plugins: !managed.plugins || found.activePlugins.join() === wanted.activePlugins.join(),
    theme: !managed.theme || wanted.theme === null || found.theme === wanted.theme,
    title: !managed.title || found.title === wanted.title,
    admin_email: !managed.adminEmail || found.adminEmail === wanted.adminEmail,
    locale: !managed.locale || found.locale === wanted.locale,
    database: found.core === wanted.core,
  };
  return Object.entries(same).flatMap(([aspect, is]) => (is ? [] : [aspect]));
}
