import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseProbe } from '../../src/actions/probe-node.ts';
import type { EnvironmentName } from '../../src/fleet/brand.ts';
import { ansibleRoot } from '../../src/main/paths.ts';
import { createPythonWorld, type PythonWorld } from './python.ts';

let python: PythonWorld;
let root: string;
beforeAll(() => {
  python = createPythonWorld();
  root = mkdtempSync(join(tmpdir(), 'pressluft-site-'));
});
afterAll(() => {
  python.close();
  rmSync(root, { recursive: true, force: true });
});

/** Evaluates `expression` with the probe as `probe`; `input` is `value`. */
async function evaluate(expression: string, input: unknown, setup = ''): Promise<unknown> {
  const script = `
import importlib.util, json, os, sys
spec = importlib.util.spec_from_file_location("probe", ${JSON.stringify(join(ansibleRoot, 'files/probe.py'))})
probe = importlib.util.module_from_spec(spec)
spec.loader.exec_module(probe)
root, value = ${JSON.stringify(root)}, json.load(sys.stdin)
def put(path, text=""):
    os.makedirs(os.path.dirname(f"{root}/{path}"), exist_ok=True)
    with open(f"{root}/{path}", "w") as handle:
        handle.write(text)
${setup}
print(json.dumps(${expression}))`;
  return JSON.parse(await python.run(script, input));
}

describe('the list of active plugins', () => {
  it('is read from PHP format', async () => {
    const cases: readonly (readonly [string, string, readonly string[]])[] = [
      ['an empty list', 'a:0:{}', []],
      [
        'two plugins',
        'a:2:{i:0;s:19:"akismet/akismet.php";i:1;s:9:"hello.php";}',
        ['akismet/akismet.php', 'hello.php'],
      ],
      ['a name with quotes and braces', 'a:1:{i:0;s:15:"a";}/"};{i:.php";}', ['a";}/"};{i:.php']],
      ['lengths in bytes, not in characters', 'a:2:{i:0;s:8:"ü/ü.ph";i:1;s:5:"b.php";}', ['ü/ü.ph', 'b.php']],
      ['other types among the values', 'a:3:{i:0;N;i:1;b:1;i:2;s:5:"b.php";}', ['b.php']],
      ['named keys', 'a:1:{s:1:"x";s:5:"b.php";}', ['b.php']],
      ['a length that is wrong', 'a:1:{i:0;s:4:"b.php";}', []],
      ['a length beyond the end', 'a:1:{i:0;s:9999999:"b.php";}', []],
      ['a count that is wrong', 'a:2:{i:0;s:5:"b.php";}', []],
      ['an array in an array', 'a:1:{i:0;a:1:{i:0;s:5:"b.php";}}', []],
      ['an object', 'O:8:"stdClass":0:{}', []],
      ['another text', 'hello', []],
      ['nothing', '', []],
    ];
    const found = await evaluate(
      '[probe.serialized_strings(text) for text in value]',
      cases.map(([, text]) => text),
    );
    expect(Object.fromEntries(cases.map(([title], index) => [title, (found as unknown[])[index]]))).toEqual(
      Object.fromEntries(cases.map(([title, , expected]) => [title, expected])),
    );
  });

  it('has slugs of plugins that WordPress loads, and the file of one that is loaded in another way', async () => {
    const files = [
      'akismet/akismet.php',
      'hello.php',
      'gone/gone.php',
      'shop/other.php',
      '../../x.php',
      'a/no.txt',
    ];
    const stored = `a:${files.length}:{${files.map((file, index) => `i:${index};s:${file.length}:"${file}";`).join('')}}`;
    const present = files.filter((file) => !file.startsWith('gone')).map((file) => `put("plugins/${file}")`);
    const main = '{"akismet": "akismet/akismet.php", "shop": "shop/shop.php", "gone": "gone/gone.php"}';
    const call = `probe.active_plugins(value, root + "/plugins", ${main})`;
    expect(await evaluate(call, stored, present.join('\n'))).toEqual([
      'akismet',
      'hello.php',
      'shop/other.php',
    ]);
    expect(await evaluate('probe.active_plugins("a" * 65536, root, {})', null)).toBeNull();
  });
});

describe('what WordPress says of itself', () => {
  const site = (options: object) =>
    evaluate('probe.Probe(root, 5, "none").site("acme", root + "/srv", "running", value, ["shop"])', options);

  it('has the title as it was typed, and English when no language is stored', async () => {
    const options = {
      stylesheet: 'acme',
      blogname: 'Tom &amp; Co',
      admin_email: 'a@acme.example',
      WPLANG: '',
      db_version: '60421',
    };
    expect(await site(options)).toEqual({
      activePlugins: ['shop'],
      activeTheme: 'acme',
      title: 'Tom & Co',
      adminEmail: 'a@acme.example',
      locale: 'en_US',
      databaseVersion: '60421',
      frontPage: null,
      code: null,
    });
  });

  it('is unknown where nothing is stored', async () => {
    const unknown = {
      activeTheme: null,
      title: null,
      adminEmail: null,
      locale: null,
      databaseVersion: null,
    };
    // Whatever the object cache still shows to visitors.
    const frontPage = {
      state: 'installer',
      message: expect.stringContaining('tables of WordPress are missing'),
    };
    expect(await site({})).toMatchObject({ ...unknown, frontPage });
  });

  it('is limited in length', async () => {
    const long = 'x'.repeat(70_000);
    const options = { stylesheet: long, blogname: long, admin_email: long, WPLANG: long, db_version: long };
    expect(JSON.stringify(await site(options)).length).toBeLessThan(2_000);
  });

  it('has the last results of the site checks, the one of code only for the release that it was about', async () => {
    const page = {
      state: 'fatal',
      status: 500,
      message: 'PHP Fatal error: x',
      at: '2026-11-30T08:00:00Z',
      time: 1,
    };
    const setup = `
put("var/lib/pressluft/site-checks/front-page/acme.json", json.dumps(${JSON.stringify(page)}))
put("srv/current/public/index.php")
code = {"inode": os.stat(root + "/srv/current/public").st_ino, "intact": False, "paths": ["index.php"], "at": "2026-11-30T08:00:00Z"}
put("var/lib/pressluft/site-checks/code/acme.json", json.dumps(code))
kept = lambda: [probe.Probe(root, 5, "none").site("acme", root + "/srv", state, {"blogname": "Acme"}, None)[key] for state, key in (("running", "frontPage"), ("stopped", "frontPage"), ("running", "code"))]
found = kept()
put("var/lib/pressluft/site-checks/code/acme.json", json.dumps({**code, "inode": 1}))
found += kept()[2:]`;
    const { time, ...shown } = page;
    const code = { intact: false, paths: ['index.php'], at: '2026-11-30T08:00:00Z' };
    expect(await evaluate('found', null, setup)).toEqual([shown, null, code, null]);
  });
});

describe('data that is gone', () => {
  /** What the probe says of it, with a MariaDB that answers so; a number is the error of the connection or the query. */
  const coreTables = [
    ...['wp_options', 'wp_users', 'wp_usermeta', 'wp_posts', 'wp_postmeta', 'wp_terms', 'wp_term_taxonomy'],
    ...['wp_term_relationships', 'wp_comments'],
  ];
  const missing = (given: {
    readonly options?: number | readonly (readonly string[])[];
    readonly users?: readonly unknown[];
    readonly tables?: number | readonly string[];
    readonly record?: object;
    readonly uploads?: boolean;
    readonly isThere?: boolean;
  }) =>
    evaluate(
      'found',
      {
        options: [['siteurl', 'http://acme.example']],
        users: [[1]],
        tables: coreTables,
        record: { spec: { database: 'pl_acme', database_user: 'pl_acme' } },
        uploads: true,
        isThere: true,
        ...given,
      },
      `
import shutil, types
def rows(answer):
    if isinstance(answer, int):
        raise OSError(answer, "refused")
    return answer
class Cursor:
    def __enter__(self): return self
    def __exit__(self, *problem): pass
    def execute(self, statement, parameters=()):
        name = "tables" if "information_schema" in statement else "users" if "wp_users" in statement else "options"
        self.rows = rows(value[name])
    def fetchall(self): return self.rows
class Connection(Cursor):
    def cursor(self): return Cursor()
probe.pymysql = types.SimpleNamespace(connect=lambda **more: Connection())
shutil.rmtree(root + "/srv/pressluft", ignore_errors=True)
if value["isThere"]:
    os.makedirs(root + "/srv/pressluft/acme/shared" + ("/uploads" if value["uploads"] else ""))
one = probe.Probe(root, 5, "none")
options = one.wordpress_options("acme", value["record"].get("spec") or {})
found = one.missing_data(root + "/srv/pressluft/acme", value["record"], options)`,
    );

  it('is looked for in the same tables by the probe and by the converge', async () => {
    const setup = `
import ast
def names(path, name):
    tree = ast.parse(open(${JSON.stringify(ansibleRoot)} + path).read())
    return next(ast.literal_eval(item.value) for item in tree.body if isinstance(item, ast.Assign) and item.targets[0].id == name)`;
    const found = await evaluate(
      '[sorted(names("/files/probe.py", "CORE_TABLES")), sorted(names("/module_utils/pressluft/data_loss.py", "TABLES"))]',
      null,
      setup,
    );
    expect(found).toEqual([coreTables.toSorted(), coreTables.toSorted()]);
  });

  it.each<[string, Parameters<typeof missing>[0], readonly string[]]>([
    ['nothing', {}, []],
    ['the tables', { options: 1146 }, ['database']],
    ['the rows of the users', { users: [] }, ['database']],
    ['the posts', { tables: coreTables.filter((table) => table !== 'wp_posts') }, ['database']],
    ['the terms', { tables: coreTables.filter((table) => table !== 'wp_terms') }, ['database']],
    ['the address of the site', { options: [['blogname', 'Acme']] }, ['database']],
    ['the database', { options: 1049, tables: [] }, ['database']],
    ['the database and its user', { options: 1045, tables: [] }, ['database']],
    ['one of the tables and the user', { options: 1044, tables: ['wp_options'] }, ['database']],
    ['the uploads', { uploads: false }, ['uploads']],
    ['everything', { options: 1146, uploads: false }, ['database', 'uploads']],
  ])('is reported: %s', async (_, given, expected) => {
    expect(await missing(given)).toEqual(expected);
  });

  it.each<[string, Parameters<typeof missing>[0]]>([
    ['only the user is gone', { options: 1045 }],
    ['MariaDB does not answer', { options: 2003, tables: 2003 }],
    ['MariaDB does not let root in', { options: 1045, tables: 1045 }],
    ['MariaDB has too many connections', { options: 1040, tables: [] }],
    ['it was never applied', { record: {}, options: 1146, uploads: false }],
    ['its whole directory is gone', { isThere: false, uploads: false, options: 1146 }],
  ])('is not reported when %s', async (_, given) => {
    expect(await missing(given)).toEqual([]);
  });
});

describe('a service of the node that refuses the user of an environment', () => {
  const refused = (given: object) =>
    evaluate(
      'found',
      { database: null, tables: 9, ...given },
      `
import types
class Cursor:
    def __enter__(self): return self
    def __exit__(self, *problem): pass
    def execute(self, statement, parameters=()): self.rows = [[1]] * value["tables"] if "information_schema" in statement else [["siteurl", "x"]]
    def fetchall(self): return self.rows
class Connection(Cursor):
    def cursor(self): return Cursor()
def connect(user, **more):
    if user != "root" and value["database"] is not None:
        raise OSError(value["database"], "refused")
    return Connection()
probe.pymysql = types.SimpleNamespace(connect=connect)
spec = {"database": "pl_acme", "database_user": "pl_acme"}
one = probe.Probe(root, 5, "none")
one.wordpress_options("acme", spec)
found = [item["path"] for item in one.access_drift("acme", spec)]`,
    );

  it.each([
    ['nobody', {}, []],
    ['a changed password of the database', { database: 1045 }, ['database:pl_acme']],
    ['rights that were taken', { database: 1044 }, ['database:pl_acme']],
    ['a database that is gone', { database: 1045, tables: 0 }, []],
    ['a database that does not answer', { database: 2003 }, []],
  ])('is reported: %s', async (_, given, expected) => {
    expect(await refused(given)).toEqual(expected);
  });
});

describe('the code of the active theme', () => {
  it.each([
    [{ stylesheet: 'shop', template: 'shop' }, false],
    [{ stylesheet: 'child', template: 'shop' }, false],
    [{ stylesheet: 'child', template: 'gone' }, true],
    [{ stylesheet: 'gone', template: 'gone' }, true],
    [{ stylesheet: '../../../../etc', template: "x'" }, true],
    [{}, false],
  ])('of %j is missing: %s', async (options, expected) => {
    const setup =
      'put("public/wp-content/themes/shop/style.css"); put("public/wp-content/themes/child/style.css")';
    expect(await evaluate('probe.theme_is_missing(root + "/public", value)', options, setup)).toBe(expected);
  });
});

describe('a configuration that a service of the node rejects', () => {
  const environments = {
    acme: {
      record: {
        managedFiles: { '/etc/nginx/pressluft/sites/acme.conf': 'x' },
      },
    },
    'acme-2': { record: { managedFiles: { '/etc/nginx/pressluft/sites/acme-2.conf': 'x' } } },
    empty: { record: null },
  };
  it.each([
    ['nginx_config_invalid', 'unknown directive "x" in /etc/nginx/pressluft/sites/acme-2.conf:4', 'acme-2'],
    ['nginx_config_invalid', 'unknown directive "x" in /etc/nginx/nginx.conf:4', undefined],
    ['mariadb_unreachable', '/etc/nginx/pressluft/sites/acme.conf', undefined],
  ])('%s names its environment: %s', async (code, message, expected) => {
    const found = await evaluate('probe.of_environment(value[0], value[1])', [
      { code, message, ok: false },
      environments,
    ]);
    expect((found as { environment?: string }).environment).toBe(expected);
    const text = JSON.stringify({ v: 1, node: { record: {}, checks: [found] }, environments: {} });
    expect(parseProbe(text).checks[0]?.environment).toBe(expected);
  });
});

describe('the parser of the probe', () => {
  it('reads what is missing, and nothing that it does not know', () => {
    const read = (missingData: unknown) => {
      const environments = { acme: { record: {}, missingData } };
      const text = JSON.stringify({ v: 1, node: { record: {}, checks: [] }, environments });
      return parseProbe(text).environments.get('acme' as EnvironmentName)?.missingData;
    };
    expect(read(['uploads', 'database', 'database', 'mail', 1])).toEqual(['database', 'uploads']);
    for (const nothing of [undefined, null, [], 'database', ['mail'], { database: true }])
      expect(read(nothing)).toBeUndefined();
  });

  const parsed = (site: unknown) => {
    const environment = { record: { digest: `sha256:${'a'.repeat(64)}` }, site };
    const text = JSON.stringify({
      v: 1,
      node: { record: {}, checks: [] },
      environments: { acme: environment },
    });
    return parseProbe(text).environments.get('acme' as EnvironmentName)?.site;
  };
  const full = {
    activePlugins: ['shop', 'akismet'],
    activeTheme: 'acme',
    title: 'Acme',
    adminEmail: 'a@acme.example',
    locale: 'de_DE',
    databaseVersion: '60421',
    frontPage: { state: 'empty', status: 200, message: 'HTTP 200 with 0 bytes', at: '2026-11-30T08:00:00Z' },
    code: { intact: false, paths: ['index.php'], at: '2026-11-30T08:00:00Z' },
  };

  it('reads a site, and null when there is none', () => {
    expect(parsed(full)).toEqual({ ...full, activePlugins: ['akismet', 'shop'] });
    expect(parsed(null)).toBeNull();
    expect(parsed(undefined)).toBeNull();
    expect(parsed('no')).toBeNull();
  });

  it('reads each field for itself: what is of another type is unknown', () => {
    const unknown = {
      activePlugins: null,
      activeTheme: null,
      title: null,
      adminEmail: null,
      locale: null,
      databaseVersion: null,
      frontPage: null,
      code: null,
    };
    expect(parsed({})).toEqual(unknown);
    expect(
      parsed({ activePlugins: 'x', activeTheme: 1, title: {}, locale: [], frontPage: 'ok', code: 1 }),
    ).toEqual(unknown);
    expect(parsed({ ...unknown, frontPage: { state: 'fine', at: '2026-11-30T08:00:00Z' } })).toEqual(unknown);
    expect(parsed({ ...unknown, frontPage: { state: 'ok', at: 'yesterday' } })).toEqual(unknown);
    expect(parsed({ ...unknown, code: { intact: 'yes', at: '2026-11-30T08:00:00Z' } })).toEqual(unknown);
  });

  it('limits what a site can say', () => {
    const long = 'x'.repeat(100_000);
    const many = Array.from({ length: 5_000 }, (_, index) => `plugin-${index}`);
    const said = {
      ...full,
      activePlugins: many,
      title: long,
      code: { ...full.code, paths: many },
      frontPage: { ...full.frontPage, message: long },
    };
    expect(JSON.stringify(parsed(said)).length).toBeLessThan(10_000);
  });

  it('reports the place of a fault and no words of nginx, which may quote any file', async () => {
    const words = 'nginx: [emerg] unknown directive "s3cret" in /etc/nginx/pressluft/sites/acme.conf:4';
    expect(await evaluate('probe.nginx_fault(value)', words)).toBe(
      'nginx rejects its configuration in /etc/nginx/pressluft/sites/acme.conf:4; `sudo nginx -t` on the node says why',
    );
    expect(await evaluate('probe.nginx_fault(value)', 'nginx: [emerg] s3cret')).not.toContain('s3cret');
    expect(await evaluate('probe.nginx_fault(value)', '')).toBe('');
  });
});
