import type { DesiredEnvironment } from '../fleet/desired.ts';
import type { ObservedEnvironment } from '../fleet/observed.ts';

/**
 * The active theme if the change removes its code and chooses no other one; null otherwise. WordPress answers with empty pages when
 * the code of its active theme is missing.
 */
export function themeVanishes({ wordpress }: DesiredEnvironment, seen: ObservedEnvironment): string | null {
  const active = seen.site?.activeTheme ?? null;
  if (active === null || wordpress.themes.some(({ slug }) => slug === active)) return null;
  if (wordpress.activeTheme !== null && wordpress.manage.theme === 'git') return null;
  return appliedThemes(seen.appliedSpec).includes(active) ? active : null;
}

/** A theme that was never described comes with WordPress, and stays. */
function appliedThemes(spec: ObservedEnvironment['appliedSpec']): readonly unknown[] {
  const { themes } = (spec?.wordpress ?? {}) as { readonly themes?: unknown };
  return Array.isArray(themes)
    ? themes.map((theme) => (theme as { readonly slug?: unknown } | null)?.slug)
    : [];
}
