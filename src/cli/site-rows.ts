import type { ObservedCode, ObservedFrontPage, ObservedSite } from '../fleet/observed-site.ts';
import { printable } from '../fleet/printable.ts';
import type { StatusDocument } from '../fleet/recorded.ts';
import { environmentDetailsOf } from '../record/status/environment-details.ts';
import { formatAge } from './format-age.ts';

const maxNames = 20;

/** The recorded site of an environment, with the versions that it runs. */
export interface RecordedSite extends ObservedSite {
  readonly wordpressVersion: string | null;
  readonly phpVersion: string | null;
  /** Versions of the plugins on disk. */
  readonly plugins: Readonly<Record<string, string>>;
}

/** Null for other resources, and if it was not observed. */
export function recordedSite(details: StatusDocument['details']): RecordedSite | null {
  const { wordpressVersion, phpVersion, plugins, observed } = environmentDetailsOf({ details });
  return observed?.site == null ? null : { wordpressVersion, phpVersion, plugins, ...observed.site };
}

/** What WordPress says of itself, and the results of the site checks with their ages. One line each; unknown facts are left out. */
export function siteRows(site: RecordedSite | null, now: number): readonly string[] {
  if (site === null) return [];
  const { activePlugins, frontPage, code } = site;
  return [
    ...fact('title', site.title),
    ...fact('theme', site.activeTheme),
    ...fact('plugins', activePlugins === null ? null : pluginWords(activePlugins, site.plugins)),
    ...fact('language', site.locale),
    ...fact('admin e-mail', site.adminEmail),
    ...fact('database version', site.databaseVersion),
    ...fact('front page', frontPage === null ? null : frontPageWords(frontPage, now)),
    ...fact('code', code === null ? null : codeWords(code, now)),
  ];
}

function fact(name: string, value: string | null): readonly string[] {
  return value === null ? [] : [`${name.padEnd(18)}${printable(value)}`];
}

function pluginWords(active: readonly string[], versions: Readonly<Record<string, string>>): string {
  const inactive = Object.keys(versions).filter((slug) => !active.includes(slug));
  const named = active.map((slug) => `${slug} ${versions[slug] ?? ''}`.trimEnd());
  const words = named.length === 0 ? 'none active' : short(named);
  return inactive.length === 0 ? words : `${words}; not active: ${short(inactive)}`;
}

function frontPageWords({ state, status, message, at }: ObservedFrontPage, now: number): string {
  const words = {
    ok: `answers with HTTP ${status}`,
    empty: 'empty',
    fatal: 'ends in an error',
    installer: 'redirects to the installer',
    failed: 'fails',
  }[state];
  return `${words}${message === '' ? '' : `: ${message}`}, ${since(at, now)}`;
}

function codeWords({ intact, paths, at }: ObservedCode, now: number): string {
  return `${intact ? 'as in its artifacts' : `differs from its artifacts: ${short(paths)}`}, ${since(at, now)}`;
}

function since(at: string, now: number): string {
  return `since ${formatAge(Date.parse(at), now)}`.replace('since now', 'just now');
}

function short(names: readonly string[]): string {
  const more = names.length > maxNames ? ` and ${names.length - maxNames} more` : '';
  return `${names.slice(0, maxNames).join(', ')}${more}`;
}
