import { describe, expect, test } from 'vitest';
import type { DesiredEnvironment } from '../../src/fleet/desired.ts';
import type { ObservedEnvironment } from '../../src/fleet/observed.ts';
import type { ObservedSite } from '../../src/fleet/observed-site.ts';
import { defaultOwners, type SettingOwners } from '../../src/fleet/setting-owners.ts';
import { plan } from '../../src/plan/plan.ts';
import { planJson } from '../../src/plan/plan-json.ts';
import { renderPlanText } from '../../src/plan/render-text.ts';
import { everyKind } from '../support/action-kinds.ts';
import { convergedFleet, planInput } from '../support/apply-plan.ts';
import { artifact, desiredEnvironment, desiredFleet, observedFleet } from '../support/fleet-builders.ts';

const akismet = { slug: 'akismet', version: '5.7.2', active: true, ...artifact('akismet') };
const importer = { slug: 'wordpress-importer', version: '0.9.5', active: false, ...artifact('importer') };
const theme = (slug: string) => ({ slug, version: '1.0', ...artifact(slug) });

function environment(
  owners: Partial<SettingOwners> = {},
  wordpress: Partial<DesiredEnvironment['wordpress']> = {},
) {
  const base = desiredEnvironment('acme');
  return {
    ...base,
    wordpress: {
      ...base.wordpress,
      plugins: [akismet, importer],
      themes: [theme('shop'), theme('blog')],
      activeTheme: 'shop',
      manage: { ...defaultOwners, ...owners },
      ...wordpress,
    },
  };
}

const site: ObservedSite = {
  activePlugins: ['akismet'],
  activeTheme: 'shop',
  title: 'A site',
  adminEmail: 'admin@acme.example',
  locale: 'en_US',
  databaseVersion: '60421',
  frontPage: null,
  code: null,
};

/** Plans `after` where `before` was applied and the site says something else now. */
function planned(
  before: DesiredEnvironment,
  observed: Partial<ObservedSite>,
  after = before,
  seen: Partial<ObservedEnvironment> = {},
) {
  const nodes = [...convergedFleet(desiredFleet({ environments: [before] })).nodes.values()].map((node) => ({
    ...node,
    environments: new Map(
      [...node.environments].map(([key, found]) => [
        key,
        { ...found, site: { ...site, ...observed }, ...seen },
      ]),
    ),
  }));
  return plan(
    planInput({
      desired: desiredFleet({ environments: [after] }),
      observed: observedFleet(nodes),
      kinds: everyKind,
    }),
  );
}

function changes(...args: Parameters<typeof planned>) {
  return planned(...args).actions.map(({ reason, changes: fields }) => [
    reason,
    ...fields.map(({ field, before, after }) => `${field}: ${before} → ${after}`),
  ]);
}

const everyoneGit: SettingOwners = {
  plugins: 'git',
  theme: 'git',
  title: 'git',
  adminEmail: 'git',
  locale: 'git',
};
const everyoneSite: SettingOwners = {
  plugins: 'site',
  theme: 'site',
  title: 'site',
  adminEmail: 'site',
  locale: 'site',
};

const accidents: readonly (readonly [string, Partial<ObservedSite>, string])[] = [
  ['a plugin is deactivated', { activePlugins: [] }, 'wordpress.plugins.akismet.active: false → true'],
  [
    'a plugin that is described as inactive is activated',
    { activePlugins: ['akismet', 'wordpress-importer'] },
    'wordpress.plugins.wordpress-importer.active: true → false',
  ],
  [
    'a plugin that nobody describes is active',
    { activePlugins: ['akismet', 'hello'] },
    'wordpress.plugins.hello.active: true → false',
  ],
  ['the theme is switched', { activeTheme: 'blog' }, 'wordpress.active_theme: blog → shop'],
  ['the title is changed', { title: 'Hacked' }, 'title: Hacked → A site'],
  [
    'the address of the administrator is changed',
    { adminEmail: 'me@evil.example' },
    'admin_email: me@evil.example → admin@acme.example',
  ],
  ['the language is changed', { locale: 'de_DE' }, 'wordpress.locale: de_DE → en_US'],
];

describe.each(accidents)('%s', (_, observed, change) => {
  test('and Git has the last word: it is planned with before and after', () => {
    expect(changes(environment(everyoneGit), observed)).toEqual([['Drifted', change]]);
  });

  test('and the site has the last word: it is left alone', () => {
    expect(changes(environment(everyoneSite), observed)).toEqual([]);
  });

  test('and another field changes: the plan names both', () => {
    const before = environment(everyoneGit);
    const after = { ...before, php: { ...before.php, memoryLimit: '512M' } };
    const [[reason, ...fields] = []] = changes(before, observed, after);
    expect(reason).toBe('SpecChanged');
    expect(fields.toSorted()).toEqual(['php.memory_limit: 256M → 512M', change].toSorted());
  });
});

test('by default, plugins, theme and language come from Git; title and address belong to the site', () => {
  const all = Object.assign({}, ...accidents.map(([, observed]) => observed));
  expect(changes(environment(), all)).toEqual([
    [
      'Drifted',
      'wordpress.active_theme: blog → shop',
      'wordpress.locale: de_DE → en_US',
      'wordpress.plugins.hello.active: true → false',
    ],
  ]);
});

test.each([
  [
    'nothing of it could be read',
    { activePlugins: null, activeTheme: null, title: null, adminEmail: null, locale: null },
  ],
  ['WordPress stores the title with entities', { title: 'A  site ' }],
])('no drift: %s', (_, observed) => {
  expect(changes(environment(everyoneGit), observed)).toEqual([]);
});

test.each([
  ['Tom & Jerry', 'Tom &amp; Jerry'],
  ['"Quoted" & \'so\'', '&quot;Quoted&quot; &amp; &#039;so&#039;'],
  ['1 < 2', '1 &lt; 2'],
  ['<em>New</em> & old', '<em>New</em> &amp; old'],
])('a title is compared as WordPress stores it: %s', (title, stored) => {
  const described = { ...environment(everyoneGit), title };
  expect(changes(described, { title: stored })).toEqual([]);
  expect(changes(described, { title: `${stored}!` })).toHaveLength(1);
});

test('an environment that was not asked is not drifted', () => {
  expect(changes(environment(everyoneGit), {}, undefined, { site: null })).toEqual([]);
});

test('code that differs from its artifacts is drift, with its first paths', () => {
  const paths = ['wp-login.php', 'index.php', 'a', 'b', 'c', 'd', 'e'];
  const { actions } = planned(environment(), { code: { intact: false, paths, at: '2026-01-01T00:00:00Z' } });
  expect(actions).toMatchObject([
    {
      reason: 'Drifted',
      message:
        'put back what was changed on the node: code differs from its artifacts: wp-login.php, index.php, a, b, c and 2 more',
    },
  ]);
  expect(changes(environment(), { code: { intact: true, paths: [], at: '2026-01-01T00:00:00Z' } })).toEqual(
    [],
  );
});

test('a changed field that the site also changed has the observed value as before', () => {
  const before = environment();
  const after = environment(
    {},
    { activeTheme: 'blog', themes: [theme('shop'), theme('blog'), theme('news')] },
  );
  expect(changes(before, { activeTheme: 'news' }, after)).toEqual([
    ['SpecChanged', 'wordpress.active_theme: news → blog', 'wordpress.themes.news: null → [object Object]'],
  ]);
});

test('a plugin that is added or removed is one change', () => {
  const added = environment({}, { plugins: [akismet] });
  expect(changes(environment({}, { plugins: [] }), { activePlugins: [] }, added)).toEqual([
    ['SpecChanged', 'wordpress.plugins.akismet: null → [object Object]'],
  ]);
  expect(changes(added, {}, environment({}, { plugins: [] }))).toEqual([
    ['SpecChanged', 'wordpress.plugins.akismet: [object Object] → null'],
  ]);
});

test('what the site owns is used at the installation only: a commit that changes it changes nothing', () => {
  const before = environment(everyoneSite);
  const after = {
    ...environment(everyoneSite, { plugins: [{ ...akismet, active: false }, importer], activeTheme: 'blog' }),
    title: 'New title',
    adminEmail: 'new@acme.example',
  };
  expect(changes(before, {}, after)).toEqual([]);
});

test('a commit that gives a setting back to Git lists what it will overwrite', () => {
  expect(changes(environment(), { title: 'Mine' }, environment({ title: 'git' }))).toEqual([
    ['SpecChanged', 'title: Mine → A site', 'wordpress.manage.title: site → git'],
  ]);
});

test('a record without owners is not a change of owners', () => {
  const before = environment();
  const { manage: _manage, ...wordpress } = before.wordpress;
  const input = { ...before, wordpress };
  const spec = { wordpress: { ...input.wordpress, plugins: [], themes: [] } };
  const [[, ...fields] = []] = changes(before, {}, before, {
    appliedSpec: spec as unknown as Record<string, unknown>,
    appliedDigest: null,
  });
  expect(fields.filter((field) => field.includes('manage'))).toEqual([]);
});

test('reactivating a plugin is a change that touches data, like the commit that would do it', () => {
  const { actions } = planned(environment(), { activePlugins: [] });
  expect(actions).toMatchObject([{ kind: 'environment.converge', risk: 'data', undo: { byRevert: false } }]);
});

test('an approval of a plan is void after the site changed again', () => {
  const one = planned(environment(everyoneGit), { title: 'One' });
  expect(planned(environment(everyoneGit), { title: 'Two' }).digest).not.toBe(one.digest);
  expect(planned(environment(everyoneGit), { title: 'One' }).digest).toBe(one.digest);
});

test('the text names the drift before it is put back', () => {
  const text = renderPlanText(
    planJson(planned(environment(everyoneGit), { title: 'Hacked', activePlugins: [] })),
    everyKind,
  );
  expect(text).toContain('title is "Hacked", plugin akismet is not active');
  expect(text).toMatch(/title +"Hacked" → "A site"/);
});

describe('the active theme is removed from the manifest', () => {
  const before = environment({}, { activeTheme: null });
  const without = (
    overrides: Partial<DesiredEnvironment['wordpress']> = {},
    owners: Partial<SettingOwners> = {},
  ) => environment(owners, { themes: [theme('blog')], activeTheme: null, ...overrides });

  test('and no other is chosen: blocked, with a way on', () => {
    const { actions, blocked } = planned(before, {}, without());
    expect(actions).toEqual([]);
    expect(blocked).toMatchObject([
      {
        reason: 'ActiveThemeRemoved',
        needsPerson: true,
        nextStep: 'Keep shop in wordpress.themes, or set wordpress.activeTheme to blog.',
      },
    ]);
  });

  test('and another one is chosen: planned', () => {
    expect(changes(before, {}, without({ activeTheme: 'blog' }))).toEqual([
      ['SpecChanged', 'wordpress.active_theme: shop → blog', 'wordpress.themes.shop: [object Object] → null'],
    ]);
  });

  test('and the site has the last word about the theme: blocked as well', () => {
    const { blocked } = planned(before, {}, without({ activeTheme: 'blog' }, { theme: 'site' }));
    expect(blocked).toMatchObject([{ reason: 'ActiveThemeRemoved' }]);
    expect(blocked[0]?.nextStep).toContain('manage.theme to git');
  });

  test('and the site uses a theme of WordPress itself: planned', () => {
    expect(changes(before, { activeTheme: 'twentytwentyfive' }, without())).toHaveLength(1);
  });
});

test('a theme without code is put right, whoever owns the theme', () => {
  const gone = { activeTheme: 'gone', themeMissing: true };
  const drift = 'wordpress.active_theme: gone (its code is not there) → a theme that is there';
  expect(changes(environment(everyoneSite, { activeTheme: null }), gone)).toEqual([['Drifted', drift]]);
  expect(changes(environment(everyoneGit, { activeTheme: null }), gone)).toEqual([['Drifted', drift]]);
  // A parent that is gone leaves the name of the theme as described.
  expect(changes(environment(everyoneGit), { themeMissing: true })).toEqual([
    ['Drifted', 'wordpress.active_theme: shop (its code is not there) → shop'],
  ]);
});
