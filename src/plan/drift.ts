import type { EnvironmentName } from '../fleet/brand.ts';
import type { DesiredEnvironment } from '../fleet/desired.ts';
import type { ObservedEnvironment, ObservedNode } from '../fleet/observed.ts';
import type { ObservedCode } from '../fleet/observed-site.ts';
import type { FieldChange } from '../fleet/plan.ts';
import { failingChecks } from '../fleet/readiness.ts';
import { siteDifferences } from './site-differences.ts';

/** Facts that a converge puts back, as changes from the observed to the desired value; empty if there are none. */
export function driftOf(environment: DesiredEnvironment, seen: ObservedEnvironment): readonly FieldChange[] {
  return [
    ...seen.driftedFiles.map(({ path, expected, actual }) => ({
      field: account.test(path) ? path : `file:${path}`,
      before: actual,
      after: expected,
    })),
    ...seen.failedServices.map((service) => ({
      field: `service:${service}`,
      before: 'inactive',
      after: 'active',
    })),
    ...codeDrift(seen.site?.code ?? null),
    ...(seen.site == null ? [] : siteDrift(environment, seen.site)),
  ];
}

/** Whether nginx does not accept the files of an environment, also where these are as they were written. */
export function rejectedConfiguration(
  node: ObservedNode,
  environment: EnvironmentName,
): readonly FieldChange[] {
  return failingChecks(node.checks)
    .filter((check) => check.reason === 'NginxConfigInvalid' && check.environment === environment)
    .map(() => ({ field: 'service:nginx', before: 'rejects its configuration', after: 'active' }));
}

/** The user of an environment at a service of its node, which is no file. */
const account = /^(?:database|cache):[\w-]+$/;

/** Differing paths beyond this number are only counted. */
const maxPaths = 5;

function codeDrift(code: ObservedCode | null): readonly FieldChange[] {
  if (code === null || code.intact) return [];
  const { paths } = code;
  const more = paths.length > maxPaths ? ` and ${paths.length - maxPaths} more` : '';
  const named = paths.length === 0 ? '' : `: ${paths.slice(0, maxPaths).join(', ')}${more}`;
  return [{ field: 'code', before: `differs from its artifacts${named}`, after: 'as in its artifacts' }];
}

function siteDrift(
  environment: DesiredEnvironment,
  site: NonNullable<ObservedEnvironment['site']>,
): readonly FieldChange[] {
  const differing = siteDifferences(environment, site)
    .filter(({ owner }) => owner === 'git')
    .map(({ field, before, after }) => ({ field, before, after }));
  const field = 'wordpress.active_theme';
  // Whoever owns the theme: without its code the pages are empty.
  if (site.themeMissing !== true || differing.some((change) => change.field === field)) return differing;
  const before = `${site.activeTheme ?? 'a theme'} (its code is not there)`;
  return [
    ...differing,
    { field, before, after: environment.wordpress.activeTheme ?? 'a theme that is there' },
  ];
}

/**
 * The changes of a manifest together with the drift that the same converge puts back, sorted by field. Where both change a field, the
 * observed value is the one before.
 */
export function withDrift(
  changes: readonly FieldChange[],
  drift: readonly FieldChange[],
): readonly FieldChange[] {
  // A plugin that is added or removed is one change of the whole plugin.
  const whole = new Set(changes.map(({ field }) => field));
  const kept = drift.filter(({ field }) => !whole.has(field.replace(/\.active$/, '')) || whole.has(field));
  const observed = new Map(kept.map((change) => [change.field, change]));
  return [...changes.filter(({ field }) => !observed.has(field)), ...observed.values()].sort((a, b) =>
    a.field < b.field ? -1 : 1,
  );
}

/** The drift in words, such as `service php8.2-fpm does not run`. */
export function driftWords({ field, before, after }: FieldChange): string {
  const colon = field.indexOf(':');
  const name = field.slice(colon + 1);
  if (colon < 0) return settingWords(field, before, after);
  const kind = field.slice(0, colon);
  if (kind === 'service') return `service ${name} ${before === 'inactive' ? 'does not run' : before}`;
  if (kind === 'database') return `the database refuses its user ${name}`;
  return before === null ? `${name} is gone` : `${name} differs`;
}

function settingWords(field: string, before: unknown, after: unknown): string {
  if (field === 'code') return `code ${String(before)}`;
  const plugin = /^wordpress\.plugins\.(.+)\.active$/.exec(field);
  if (plugin !== null) return `plugin ${plugin[1]} is ${after === true ? 'not active' : 'active'}`;
  return `${settingNames[field] ?? field} is ${JSON.stringify(before)}`;
}

const settingNames: Readonly<Record<string, string>> = {
  title: 'title',
  admin_email: "administrator's e-mail",
  'wordpress.locale': 'locale',
  'wordpress.active_theme': 'active theme',
};
