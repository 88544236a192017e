import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPythonWorld, type PythonWorld } from './python.ts';

let python: PythonWorld;
beforeAll(() => {
  python = createPythonWorld();
  for (const path of ['themes/shop', 'themes/blog', 'plugins/akismet'])
    mkdirSync(join(python.directory, 'root/wp-content', path), { recursive: true });
});
afterAll(() => python.close());

const allGit = { plugins: 'git', theme: 'git', title: 'git', admin_email: 'git', locale: 'git' };
const allSite = { plugins: 'site', theme: 'site', title: 'site', admin_email: 'site', locale: 'site' };

interface Case {
  readonly manage: object;
  readonly found?: object;
  readonly state?: unknown;
  readonly wanted?: object;
}

/** The aspects of an installed WordPress that a converge would change. */
async function differences({ manage, found = {}, state = {}, wanted = {} }: Case): Promise<unknown> {
  const input = {
    found: {
      siteurl: 'http://acme.example',
      home: 'http://acme.example',
      blogname: 'Acme',
      admin_email: 'web@acme.example',
      WPLANG: '',
      active_plugins: 'a:1:{i:0;s:19:"akismet/akismet.php";}',
      template: 'shop',
      stylesheet: 'shop',
      pressluft_state: JSON.stringify(
        typeof state === 'object' && state !== null && !Array.isArray(state)
          ? {
              desired: 'd',
              stored: { blogname: 'Acme', admin_email: 'web@acme.example', WPLANG: '' },
              plugins: ['akismet/akismet.php'],
              ...state,
            }
          : state,
      ),
      ...found,
    },
    wanted: {
      root: join(python.directory, 'root'),
      desired: 'd',
      site_url: 'http://acme.example',
      plugins: { 'akismet/akismet.php': true },
      theme: 'shop',
      themes: ['shop', 'blog'],
      manage,
      ...wanted,
    },
  };
  const printed = await python.run(
    `
import json, sys, types
sys.modules["ansible.module_utils.pressluft.database"] = types.ModuleType("database")
sys.modules["ansible.module_utils.pressluft"] = __import__("ansible.module_utils.pressluft", fromlist=["x"])
setattr(sys.modules["ansible.module_utils.pressluft"], "database", sys.modules["ansible.module_utils.pressluft.database"])
from ansible.module_utils.pressluft import wordpress
value = json.load(sys.stdin)
print(json.dumps(wordpress.differences(value["found"], value["wanted"])))
`,
    input,
  );
  return JSON.parse(printed);
}

describe('a converge of an installed WordPress', () => {
  it('changes nothing when everything is as described', async () => {
    expect(await differences({ manage: allGit })).toEqual([]);
    expect(await differences({ manage: allSite })).toEqual([]);
  });

  it.each([
    ['title', { blogname: 'Mine' }, 'options'],
    ['address', { admin_email: 'me@acme.example' }, 'options'],
    ['language', { WPLANG: 'de_DE' }, 'options'],
    ['theme', { stylesheet: 'blog', template: 'blog' }, 'theme'],
    ['deactivated plugin', { active_plugins: 'a:0:{}' }, 'plugins'],
  ])('puts back what Git owns and leaves what the site owns: %s', async (_, found, aspect) => {
    expect(await differences({ manage: allGit, found })).toEqual([aspect]);
    expect(await differences({ manage: allSite, found })).toEqual([]);
  });

  it('activates a plugin of the site whose code is new, and deactivates one whose code is gone', async () => {
    const added = { plugins: { 'akismet/akismet.php': true, 'new/new.php': true } };
    expect(await differences({ manage: allSite, wanted: added })).toEqual(['plugins']);
    expect(await differences({ manage: allSite, wanted: { plugins: {} } })).toEqual(['plugins']);
    // A converge of an earlier version noted no plugins.
    expect(await differences({ manage: allSite, wanted: added, state: { plugins: undefined } })).toEqual([]);
  });

  it.each([
    ['its own', { stylesheet: 'gone', template: 'gone' }],
    ['that of its parent', { stylesheet: 'blog', template: 'gone' }],
    ['a path', { stylesheet: '../../../../etc', template: "x'" }],
  ])('replaces an active theme without code, whoever owns it: %s', async (_, found) => {
    expect(await differences({ manage: allSite, found })).toEqual(['theme']);
    expect(await differences({ manage: allGit, found, wanted: { theme: null } })).toEqual(['theme']);
  });

  it.each([
    [[]],
    ['text'],
    [7],
    [{ stored: 'text', plugins: 'akismet' }],
    [{ plugins: [{}, ['a']] }],
    [{ stored: [1] }],
  ])('survives what a site may write into its note: %j', async (state) => {
    expect(await differences({ manage: allSite, state })).toEqual(expect.any(Array));
    expect(await differences({ manage: allGit, state })).toEqual(expect.any(Array));
  });
});
