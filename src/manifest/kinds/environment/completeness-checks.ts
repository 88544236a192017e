import { diagnosticCodes } from '../../diagnostics/catalogue.ts';
import { nearest } from '../../diagnostics/nearest.ts';
import { quoted } from '../../diagnostics/printable.ts';
import { type FleetIndex, type FleetProblem, referred } from '../../fleet-index.ts';
import { specOf } from '../../resolve/spec-of.ts';
import type { SiteSpec } from '../site/spec.ts';
import { mergeDefaults } from './merge-defaults.ts';
import type { EnvironmentSpec } from './spec.ts';

/** Checks that need the defaults of the site: a missing WordPress version, an active theme that is not installed. */
export function completenessChecks(index: FleetIndex): FleetProblem[] {
  return index.byKind.Environment.flatMap((where): FleetProblem[] => {
    const site = referred(index, where.document, 'site');
    if (!where.document.valid || site === undefined || !site.document.valid) return [];
    const environment = specOf<EnvironmentSpec>('Environment', where.document);
    const { defaults } = specOf<SiteSpec>('Site', site.document);
    const wordpress = mergeDefaults(defaults?.wordpress ?? {}, environment.wordpress ?? {});
    if (wordpress.version === undefined) {
      const message = `neither ${where.document.ref} nor ${site.document.ref} sets the version of WordPress`;
      const expected = 'wordpress.version, e.g. "7.1.1", here or in spec.defaults of the site';
      return [
        {
          where,
          problem: {
            code: diagnosticCodes.valueNowhereGiven,
            message,
            path: ['spec', 'wordpress'],
            at: 'key',
            expected,
          },
        },
      ];
    }
    const theme = wordpress.activeTheme;
    const themes = Object.entries(wordpress.themes ?? {}).flatMap(([slug, pin]) =>
      pin === false ? [] : [slug],
    );
    if (theme === undefined || themes.includes(theme)) return [];
    const guess = nearest(theme, themes);
    const message = `the active theme ${quoted(theme)} is not among the themes of ${where.document.ref}`;
    const expected = themes.length === 0 ? 'the theme in wordpress.themes' : `one of ${themes.join(', ')}`;
    const suggestion = guess === undefined ? undefined : `did you mean ${quoted(guess)}?`;
    const path = ['spec', 'wordpress', 'activeTheme'];
    return [
      {
        where,
        problem: {
          code: diagnosticCodes.themeNotInstalled,
          message,
          path,
          at: 'value',
          expected,
          suggestion,
        },
      },
    ];
  });
}
