import type { DesiredEnvironment } from '../fleet/desired.ts';
import type { ObservedSite } from '../fleet/observed-site.ts';
import type { FieldChange } from '../fleet/plan.ts';
import type { SettingOwner } from '../fleet/setting-owners.ts';

/** A setting of WordPress that differs from its manifest; `before` is observed, `after` is desired. */
export interface SiteDifference extends FieldChange {
  readonly owner: SettingOwner;
}

/** Differences of the settings in `spec.wordpress.manage`, by the names of the task. What could not be read is no difference. */
export function siteDifferences(
  environment: DesiredEnvironment,
  site: ObservedSite,
): readonly SiteDifference[] {
  const { wordpress, title, adminEmail } = environment;
  const { manage } = wordpress;
  return [
    ...differing('admin_email', manage.adminEmail, site.adminEmail, adminEmail),
    ...(site.title !== null && asText(site.title) === asText(title)
      ? []
      : differing('title', manage.title, site.title, title)),
    // Without language packs no other locale can be set.
    ...(wordpress.locale === 'en_US'
      ? differing('wordpress.locale', manage.locale, site.locale, wordpress.locale)
      : []),
    ...(wordpress.activeTheme === null
      ? []
      : differing('wordpress.active_theme', manage.theme, site.activeTheme, wordpress.activeTheme)),
    ...(site.activePlugins === null ? [] : pluginDifferences(environment, site.activePlugins)),
  ];
}

function differing(
  field: string,
  owner: SettingOwner,
  before: string | null,
  after: string,
): readonly SiteDifference[] {
  return before === null || before === after ? [] : [{ field, owner, before, after }];
}

/** A plugin that no manifest describes counts as inactive: its code is not there. */
function pluginDifferences(
  { wordpress }: DesiredEnvironment,
  active: readonly string[],
): readonly SiteDifference[] {
  const isActive = new Set(active);
  const wanted = new Map(wordpress.plugins.map((plugin) => [plugin.slug, plugin.active]));
  return [...new Set([...wanted.keys(), ...active])]
    .sort()
    .filter((slug) => isActive.has(slug) !== (wanted.get(slug) ?? false))
    .map((slug) => ({
      field: `wordpress.plugins.${slug}.active`,
      owner: wordpress.manage.plugins,
      before: isActive.has(slug),
      after: wanted.get(slug) ?? false,
    }));
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#039': "'" };

/** WordPress stores a title without markup and with entities (`sanitize_option`), which is no difference. */
function asText(title: string): string {
  return title
    .replace(/<[^<>]*>/g, '')
    .replace(
      /&(amp|lt|gt|quot|#0?39);/g,
      (whole, name: string) => entities[name.replace('#39', '#039')] ?? whole,
    )
    .replace(/\s+/g, ' ')
    .trim();
}
