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
          slot.installation = { ...wanted, dataId: at.machines.nextDataId() };
        });
      });
      if (
        at.check ||
        (environment.wordpress.plugins.length === 0 && environment.wordpress.active_theme === null)
      )
        return;
    }
    await step(at, own, 'configure', async (entry) => {
      const different = installed === null ? ['installed'] : differences(installed, wanted);
      if (different.length === 0) return;
      entry.message = different.join(', ');
      await change(at, environment, entry, 900, `configured WordPress: ${different.join(', ')}`, (slot) => {
        if (slot.installation !== null) slot.installation = { ...wanted, dataId: slot.installation.dataId };
      });
    });
  });
  return outcomes;
}

type Described = Omit<Installation, 'dataId'>;

function wantedInstallation({ machine }: AtWork, environment: Wanted): Described {
  const { title, admin_user: user, admin_email: email, site_url: siteUrl, access } = environment;
  const { locale, plugins, active_theme: theme } = environment.wordpress;
  const slot = machine.slots.get(environment.name);
  const activePlugins = plugins.filter(({ active }) => active !== false).map(({ slug }) => slug);
  const described = [title, user, email, locale, siteUrl, activePlugins, theme, access.noindex];
  return {
    desired: sha256Hex(JSON.stringify(described)),
    siteUrl,
    core: slot?.releases.get(slot.live ?? '')?.wordpress ?? environment.wordpress.version,
    activePlugins,
    theme,
  };
}

function differences(found: Installation, wanted: Described): readonly string[] {
  const same = {
    desired: found.desired === wanted.desired,
    site_url: found.siteUrl === wanted.siteUrl,
    plugins: found.activePlugins.join() === wanted.activePlugins.join(),
    theme: wanted.theme === null || found.theme === wanted.theme,
    database: found.core === wanted.core,
  };
  return Object.entries(same).flatMap(([aspect, is]) => (is ? [] : [aspect]));
}
