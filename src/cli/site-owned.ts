import type { DesiredEnvironment } from '../fleet/desired.ts';
import { printable } from '../fleet/printable.ts';
import type { StatusDocument } from '../fleet/recorded.ts';
import { siteDifferences } from '../plan/site-differences.ts';
import { environmentDetailsOf } from '../record/status/environment-details.ts';

/** A setting that the site owns and that differs from its manifest. It is shown and left alone. */
export interface SiteOwned {
  /** Path below `spec` of the environment, or of its site: `title`, `wordpress.plugins.akismet.active`. */
  readonly field: string;
  readonly site: unknown;
  readonly git: unknown;
}

/** As last recorded, compared with the manifests; empty if nothing differs or is known. */
export function siteOwnedOf(
  environment: DesiredEnvironment | undefined,
  status: StatusDocument | undefined,
): readonly SiteOwned[] {
  const site = environmentDetailsOf(status).observed?.site ?? null;
  if (environment === undefined || site === null) return [];
  return siteDifferences(environment, site)
    .filter(({ owner }) => owner === 'site')
    .map(({ field, before, after }) => ({ field: names[field] ?? field, site: before, git: after }));
}

const names: Readonly<Record<string, string>> = {
  admin_email: 'adminEmail',
  'wordpress.active_theme': 'wordpress.activeTheme',
};

/** `title: "Mine" (owned by the site; Git says "Acme")`. */
export function siteOwnedWords({ field, site, git }: SiteOwned): string {
  return printable(`${field}: ${JSON.stringify(site)} (owned by the site; Git says ${JSON.stringify(git)})`);
}
