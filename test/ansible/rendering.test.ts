import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import schema from '../../schemas/environment.schema.json' with { type: 'json' };
import { environmentVariables } from './environment-variables.ts';
import { createPythonWorld, type PythonWorld } from './python.ts';

const hostile = "{{ lookup('pipe','id') }} ${HOME} `id` ; } \\";
let python: PythonWorld;
beforeAll(() => {
  python = createPythonWorld();
});
afterAll(() => python.close());

/** Result of a renderer for an environment: its text, or the code of its error. */
async function render(module: string, environment: unknown, call = 'render(value)'): Promise<string> {
  return await python.run(
    `
import json, sys
from ansible.module_utils.pressluft import ${module} as module
from ansible.module_utils.pressluft.steps import StepError
value = json.load(sys.stdin)
try:
    print(module.${call}, end="")
except StepError as error:
    print("refused:", error.code, end="")
`,
    environment,
  );
}

const secrets = `{"database_password": "db-secret", "salts": {name: "salt" for name in module.SALTS}}`;
const renderWpConfig = (environment: unknown) =>
  render('wp_config', environment, `render(value, ${secrets})`);

describe('wp-config.php', () => {
  it('writes every value literally, even if it looks like a template or shell code', async () => {
    const constants = { X_A: hostile, X_B: "'); phpinfo(); //", X_C: true, X_D: 1.5 };
    const text = await renderWpConfig(environmentVariables({ wordpress: { constants } }));
    expect(text).toContain(`define('X_A', '{{ lookup(\\'pipe\\',\\'id\\') }} \${HOME} \`id\` ; } \\\\');`);
    expect(text).toContain(`define('X_B', '\\'); phpinfo(); //');`);
    expect(text).toContain("define('X_C', true);");
    expect(text).toContain("define('X_D', 1.5);");
  });

  it("names the environment's own sockets, and none that sites share", async () => {
    const text = await renderWpConfig(environmentVariables({}));
    expect(text).toContain(
      "define('DB_HOST', 'localhost:/run/pressluft-database/acme-production/database.sock');",
    );
    expect(text).toContain("define('WP_REDIS_PATH', '/run/pressluft-cache/acme-production/cache.sock');");
    expect(text).not.toMatch(/mysqld|redis-server/);
  });

  it('refuses constants that Pressluft sets itself', async () => {
    for (const name of ['DB_PASSWORD', 'AUTH_KEY', 'ABSPATH', 'WP_HOME']) {
      const environment = environmentVariables({ wordpress: { constants: { [name]: 'x' } } });
      expect(await renderWpConfig(environment)).toBe('refused: invalid_value');
    }
  });

  it('refuses a constant whose name would be code', async () => {
    const environment = environmentVariables({ wordpress: { constants: { "X', 1); evil(); ('": 1 } } });
    expect(await renderWpConfig(environment)).toBe('refused: invalid_value');
  });
});

describe('the nginx host', () => {
  it('denies code in uploads, hidden files and XML-RPC, and never names a shared socket', async () => {
    const text = await render('vhost', environmentVariables({}));
    expect(text).toContain('server_name acme-production.192-0-2-1.example acme.example www.acme.example;');
    expect(text).toContain('fastcgi_pass unix:/run/pressluft-php/acme-production.sock;');
    expect(text).toMatch(/location ~\* \^\/wp-content\/\(\?:uploads\|cache\|upgrade\)\/.*return 403/);
    expect(text).toContain('location = /xmlrpc.php { return 403; }');
    expect(text).toContain('limit_req zone=pressluft_login');
  });

  it('answers 503 and runs no code while the environment is stopped', async () => {
    const text = await render('vhost', environmentVariables({ state: 'stopped' }));
    expect(text).toContain('return 503');
    expect(text).not.toContain('fastcgi_pass');
  });

  it('keeps the path when a host is redirected to a host, and not when the target is a page', async () => {
    const redirects = [
      { from: 'old.example', to: 'https://new.example', status: 301 },
      { from: 'shop.example', to: 'https://new.example/shop', status: 302 },
      { from: '/a', to: '/b', status: 308 },
    ];
    const text = await render('vhost', environmentVariables({ hosts: { redirects } }));
    expect(text).toContain('return 301 "https://new.example$request_uri";');
    expect(text).toContain('return 302 "https://new.example/shop";');
    expect(text).toContain('location = "/a" { return 308 "/b"; }');
  });

  it('has the typed settings as maps before its block, and lets XML-RPC answer where it is allowed', async () => {
    const location = { match: 'prefix', headers: {}, allow: [], deny: [], answer: null };
    const text = await render(
      'vhost',
      environmentVariables({
        nginx: {
          max_body_bytes: 1_048_576,
          headers: { 'Content-Security-Policy': `default-src 'self'; x "y" \\`, 'X-Powered-By': null },
          allow: ['203.0.113.0/24', '2001:db8::/32'],
          deny: ['203.0.113.7/32'],
          xmlrpc: 'allow',
          lifetimes: { css: 60, webp: null },
          locations: [
            { ...location, path: '/a.b/', headers: { 'X-Robots-Tag': 'noindex', 'X-Frame-Options': null } },
            {
              ...location,
              path: '/gone',
              match: 'exact',
              answer: { status: 410, text: 'Gone "now".\n{}', content_type: 'text/plain' },
            },
            { ...location, path: '/open', deny: ['198.51.100.0/24'], lifetime: 5 },
          ],
        },
      }),
    );
    await expect(text).toMatchFileSnapshot('../golden/ansible/vhost.golden.conf');
  });

  it('leaves the header for search engines to noindex', async () => {
    const nginx = { headers: { 'X-Robots-Tag': 'all' } };
    const text = await render('vhost', environmentVariables({ access: { noindex: true }, nginx }));
    expect(text.match(/X-Robots-Tag.*/g)).toEqual(['X-Robots-Tag "noindex, nofollow" always;']);
  });

  it('accepts the headers that the manifest accepts', async () => {
    const script = 'HEADERS';
    const names = await python.run(
      `import json\nfrom ansible.module_utils.pressluft.vhost_rules import ${script}\nprint(json.dumps(${script}))`,
    );
    expect(JSON.parse(names)).toEqual(schema.definitions.responseHeaders.propertyNames.enum);
  });

  const at = (location: Readonly<Record<string, unknown>>) => ({
    nginx: {
      locations: [
        { path: '/a', match: 'prefix', headers: {}, allow: [], deny: [], answer: null, ...location },
      ],
    },
  });

  it.each([
    ['a host name that closes the block', { hosts: { preview: 'x; } evil {' } }],
    ['a template as host name', { hosts: { primary: hostile } }],
    ['a redirect with a variable', { hosts: { redirects: [{ from: '/a', to: '/$args', status: 301 }] } }],
    ['a redirect with a line break', { hosts: { redirects: [{ from: '/a\n', to: '/b', status: 301 }] } }],
    ['a redirect to a script', { hosts: { redirects: [{ from: '/a', to: 'javascript://x', status: 301 }] } }],
    ['a status that is not a redirect', { hosts: { redirects: [{ from: '/a', to: '/b', status: 200 }] } }],
    ['a header that sets cookies', { nginx: { headers: { 'Set-Cookie': 'a=b' } } }],
    ['a header that nginx obeys', { nginx: { headers: { 'X-Accel-Redirect': '/x' } } }],
    ['a header with a line break', { nginx: { headers: { Link: 'a\r\nSet-Cookie: b' } } }],
    ['a header with a variable', { nginx: { headers: { Link: '$http_x_pressluft_probe' } } }],
    ['a network that closes the block', { nginx: { deny: ['10.0.0.0/8; } evil {'] } }],
    ['an extension that is an expression', { nginx: { lifetimes: { '.*': 1 } } }],
    ['a path that is an expression', at({ path: '/(a|b)' })],
    ['a path that closes the block', at({ path: '/a" 1; } evil {' })],
    ['an answer with a variable', at({ answer: { status: 200, text: '$a', content_type: 'text/plain' } })],
    ['an answer of another type', at({ answer: { status: 200, text: '', content_type: 'x; } evil {' } })],
    ['an answer that redirects', at({ answer: { status: 302, text: '', content_type: 'text/plain' } })],
  ])('refuses %s', async (_, change) => {
    expect(await render('vhost', environmentVariables(change))).toBe('refused: invalid_value');
  });
});

describe('constants and settings that the manifest of the node allows', () => {
  it('are written, and no others', async () => {
    const constants = { WP_SENTRY_ENV: 'live' };
    const php = {
      ini: { 'newrelic.appname': 'shop' },
      allowed_settings: ['WP_SENTRY_ENV', 'newrelic.appname'],
    };
    const allowed = environmentVariables({ wordpress: { constants }, php });
    expect(await renderWpConfig(allowed)).toContain("define('WP_SENTRY_ENV', 'live');");
    expect(await render('php_pool', allowed)).toContain('php_admin_value[newrelic.appname] = "shop"');
    const refused = environmentVariables({ wordpress: { constants } });
    expect(await renderWpConfig(refused)).toBe('refused: invalid_value');
  });
});

describe('the PHP master', () => {
  it('listens on its own socket, keeps its files in its own directory and writes settings literally', async () => {
    const ini = { user_agent: 'a & !b ~(c) | %d' };
    const text = await render('php_pool', environmentVariables({ php: { ini } }));
    expect(text).toContain('listen = /run/pressluft-php/acme-production.sock');
    expect(text).toContain('php_admin_value[session.save_path] = "/srv/pressluft/acme-production/sessions"');
    expect(text).not.toContain('open_basedir');
    expect(text).toContain('php_admin_value[user_agent] = "a & !b ~(c) | %d"');
  });

  it.each([
    ['a setting that isolates', { php: { ini: { open_basedir: '/' } } }],
    ['a setting that loads code for all', { php: { ini: { 'opcache.file_cache': '/tmp' } } }],
    [
      'a setting that isolates, with a permission',
      { php: { ini: { open_basedir: '/' }, allowed_settings: ['open_basedir'] } },
    ],
    ['a name that nobody knows', { php: { ini: { max_execution_tme: 60 } } }],
    ['a size that PHP reads as 64 bytes', { php: { ini: { post_max_size: '64MB' } } }],
    ['a template', { php: { ini: { user_agent: "{{ lookup('pipe','id') }}" } } }],
    ['a value that ends its line', { php: { ini: { user_agent: 'x\nuser = root' } } }],
    ['a value that ends its quotes', { php: { ini: { user_agent: '" evil' } } }],
    ['a value that reads the environment', { php: { ini: { user_agent: '$' + '{PATH}' } } }],
    ['a key that is a directive', { php: { ini: { 'a] = 1\nuser': 'root' } } }],
    ['an invalid memory limit', { php: { memory_limit: '1G; x' } }],
  ])('refuses %s', async (_, change) => {
    expect(await render('php_pool', environmentVariables(change))).toBe('refused: invalid_value');
  });

  it('runs as the user of its environment, in a slice that is nested in no other', async () => {
    const text = await render('php_unit', environmentVariables({}), 'drop_in(value)');
    expect(text.split('\n')).toEqual([
      '# environment/acme-production, managed by Pressluft',
      '[Service]',
      'User=pl-acme',
      'Group=pl-acme',
      'Slice=pressluft-acme_production.slice',
      'X-PhpVersion=8.2',
      'ExecStart=/usr/sbin/php-fpm8.2 --nodaemonize --fpm-config /etc/pressluft-php/acme-production.conf',
      'TimeoutStopSec=75s',
      '',
    ]);
  });

  it.each([
    ['the memory of its workers', {}, 'CPUWeight=100', 'MemoryMax=1536M', 'TasksMax=132'],
    [
      'what it asks for',
      { resources: { cpu_weight: 300, memory_mib: 2048 } },
      'CPUWeight=300',
      'MemoryMax=2048M',
      'TasksMax=132',
    ],
    [
      'a limit for requests without one',
      { php: { memory_limit: '-1', pool: { max_children: 2 } } },
      'CPUWeight=100',
      'MemoryMax=1536M',
      'TasksMax=130',
    ],
    [
      'a limit in gigabytes',
      { php: { memory_limit: '1G', pool: { max_children: 1 } } },
      'CPUWeight=100',
      'MemoryMax=1536M',
      'TasksMax=129',
    ],
  ])('is limited to %s', async (_, change, ...lines) => {
    const text = await render('php_unit', environmentVariables(change), 'render_slice(value)');
    expect(text.trimEnd().split('\n').slice(-3)).toEqual(lines);
  });

  it.each([
    ['a weight that systemd refuses', { resources: { cpu_weight: 10_001 } }],
    ['a user with a line break', { unix_user: 'pl-acme\nUser=root' }],
    ['a version with a path', { php: { version: '../8.2' } }],
  ])('refuses %s in its units', async (_, change) => {
    expect(await render('php_unit', environmentVariables(change), 'files(value)')).toBe(
      'refused: invalid_value',
    );
  });
});

describe('identity', () => {
  it.each([
    ['a name with a parent directory', { name: '../etc' }],
    ['an account of the system', { unix_user: 'root' }],
    ['a database name with a quote', { database: 'a`; DROP' }],
    ['a cache prefix with a glob', { redis_prefix: '*' }],
    ['an invalid state', { state: hostile }],
    ['an invalid address', { site_url: hostile }],
  ])('refuses %s', async (_, change) => {
    const call = 'check_identity(value)';
    expect(await render('layout', environmentVariables(change), call)).toBe('refused: invalid_value');
    expect(await render('layout', environmentVariables({}), call)).toBe('None');
  });
});
