import { describe, expect, it } from 'vitest';
import { resourceKinds } from '../../src/fleet/resource.ts';
import { diagnosticCodes } from '../../src/manifest/diagnostics/catalogue.ts';
import { load } from '../manifest/fleet-fixture.ts';
import { acceptedTexts } from './accepted-texts.ts';
import { plant } from './field-fleet.ts';
import { hostileTexts, templates } from './hostile-text.ts';
import { textFields } from './text-fields.ts';

/** Text that every language reads as a plain word. */
const harmless = /^[\w.-]*$/;

/**
 * Fields that accept more than words, and where the text goes. `node`: test/e2e/attack/metacharacters.test.ts proves that it arrives
 * literally. `controller`: it reaches no node, and is used as data only.
 */
const takesMore: Readonly<Record<string, 'node' | 'controller'>> = {
  'Environment spec.domains.redirects.[].from': 'node',
  'Environment spec.domains.redirects.[].to': 'node',
  'Environment spec.nginx.headers.*': 'node',
  'Environment spec.nginx.locations.*.answer.text': 'node',
  'Environment spec.nginx.locations.*.headers.*': 'node',
  'Environment spec.nginx.serverSnippet': 'node',
  'Environment spec.php.ini.*': 'node',
  'Environment spec.wordpress.constants.*': 'node',
  'Site spec.adminEmail': 'node',
  'Site spec.defaults.nginx.headers.*': 'node',
  'Site spec.defaults.nginx.locations.*.answer.text': 'node',
  'Site spec.defaults.nginx.locations.*.headers.*': 'node',
  'Site spec.defaults.nginx.serverSnippet': 'node',
  'Site spec.defaults.php.ini.*': 'node',
  'Site spec.defaults.wordpress.constants.*': 'node',
  'Site spec.title': 'node',
  'Pressluft spec.artifacts.wordpress.*.url': 'node',
  'Pressluft spec.artifacts.wpCli.*.url': 'node',
  'Pressluft spec.artifacts.plugins.*.*.url': 'node',
  'Pressluft spec.artifacts.themes.*.*.url': 'node',
};

const ofController = [
  / metadata\.annotations\.\*$/,
  / spec\.owner$/,
  /[eE]mail$/,
  /\.principal$/,
  / spec\.notifications\.\[\]\.url$/,
  / spec\.s3\.endpoint$/,
  / spec\.phpAptSource\.(uri|keyUrl)$/,
];

function fate(field: string): 'node' | 'controller' | 'environment' | 'words' {
  if (field.endsWith('defaults.wordpress.activeTheme')) return 'environment';
  return takesMore[field] ?? (ofController.some((pattern) => pattern.test(field)) ? 'controller' : 'words');
}

describe.each(resourceKinds)('text in a manifest of kind %s', (kind) => {
  it.each(textFields(kind))(
    '%s is refused at its location unless it is a word, or the field is listed as plain text',
    (field) => {
      const accepted = acceptedTexts(kind, field, hostileTexts);
      const more = accepted.filter((text) => !harmless.test(text));
      const known = fate(`${kind} ${field}`);
      if (known === 'words') expect(more).toEqual([]);
      else expect(more).not.toEqual([]);
      // A theme is checked in each environment of the site, so the finding is at the environment.
      if (known === 'environment') {
        const findings = more.map((text) =>
          load(plant(kind, field, text).files).diagnostics.map(({ code }) => code),
        );
        expect(findings.filter((codes) => !codes.includes(diagnosticCodes.themeNotInstalled))).toEqual([]);
      }
    },
  );

  it.each(textFields(kind))('%s accepts no template', (field) => {
    expect(acceptedTexts(kind, field, templates)).toEqual([]);
  });
});

it('every listed field exists', () => {
  const all = resourceKinds.flatMap((kind) => textFields(kind).map((field) => `${kind} ${field}`));
  expect(Object.keys(takesMore).filter((field) => !all.includes(field))).toEqual([]);
});
