import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ansibleRoot } from '../../src/main/paths.ts';
import { createPythonWorld, type PythonWorld } from './python.ts';

let python: PythonWorld;
beforeAll(() => {
  python = createPythonWorld();
});
afterAll(() => python.close());

/** Evaluates `expression` with the programs of the site checks imported; `input` is `value`. */
async function evaluate(expression: string, input: unknown, setup = ''): Promise<unknown> {
  const directories = [join(ansibleRoot, 'files/site-checks'), join(ansibleRoot, 'module_utils/pressluft')];
  const script = `
import importlib.util, json, os, sys, tempfile
sys.path[:0] = ${JSON.stringify(directories)}
import front_page
spec = importlib.util.spec_from_file_location("site_checks", ${JSON.stringify(join(ansibleRoot, 'files/site-checks/__main__.py'))})
site_checks = importlib.util.module_from_spec(spec)
spec.loader.exec_module(site_checks)
value = json.load(sys.stdin)
${setup}
print(json.dumps(${expression}))`;
  return JSON.parse(await python.run(script, input));
}

interface Reply {
  readonly status?: number;
  readonly marker?: string | null;
  readonly wordpress?: string | null;
  readonly location?: string;
  readonly body?: string;
  /** Written to the error log while the request runs. */
  readonly log?: string;
}

const page = '<html><head><title>Acme</title></head><body><h1>Welcome</h1></body></html>';
const entry = (text: string, request = 'GET / HTTP/1.1', client = '127.0.0.1') =>
  `2026/11/30 08:00:00 [error] 12#12: *5 FastCGI sent in stderr: "PHP message: ${text}" while reading response header from upstream, client: ${client}, server: acme.example, request: "${request}", upstream: "fastcgi://unix:/run/php/x.sock:", host: "acme.example"\n`;
const fatal =
  'PHP Fatal error:  Uncaught Error: Call to undefined function nope() in /srv/pressluft/acme/slots/a/releases/7.1.1-ab/wp-content/plugins/shop/shop.php:12\nStack trace:\n#0 {main}\n  thrown in /srv/x.php on line 12';
const shownFatal =
  'PHP Fatal error: Uncaught Error: Call to undefined function nope() in wp-content/plugins/shop/shop.php:12';

/** Renders a front page that answers with `replies`, one after the other; the last one is repeated. */
async function renderAll(cases: readonly (readonly Reply[])[]): Promise<readonly unknown[]> {
  const setup = `
def render(replies):
    log = tempfile.NamedTemporaryFile()
    log.write(b${JSON.stringify(entry(fatal).replaceAll('\n', ' '))} + b"\\n"); log.flush()
    asked = []
    def get(host, path, token):
        reply = {"status": 200, "marker": "acme", "wordpress": "7.1.1", "location": None, "body": ${JSON.stringify(page)}, "log": "", **replies[min(len(asked), len(replies) - 1)]}
        asked.append(host + path)
        log.write(reply["log"].encode()); log.flush()
        headers = {"x-pressluft-environment": reply["marker"], "x-pressluft-wordpress": reply["wordpress"], "location": reply["location"]}
        return {"status": reply["status"], "headers": {key: text for key, text in headers.items() if text is not None}, "body": reply["body"].encode()}
    front_page.get = get
    spec = {"site_url": "http://acme.example", "hosts": {"preview": "acme.preview.example", "primary": "acme.example", "aliases": ["www.acme.example"]}}
    return [front_page.render("acme", spec, "token", log.name), asked]`;
  return (await evaluate('[render(replies) for replies in value]', cases, setup)) as readonly unknown[];
}

describe('the front page of a site', () => {
  const judged: readonly (readonly [string, Reply, string, RegExp])[] = [
    ['a usual page', {}, 'ok', /^$/],
    ['a page of an image alone', { body: '<body><img src="/a.png"></body>' }, 'ok', /^$/],
    [
      'a page that scripts fill',
      { body: '<body><div id="app"></div><script src="/a.js"></script></body>' },
      'ok',
      /^$/,
    ],
    ['an error of a visitor elsewhere', { log: entry(fatal, 'GET /shop HTTP/1.1', '192.0.2.7') }, 'ok', /^$/],
    ['a warning', { log: entry('PHP Warning:  Undefined variable $x in /srv/x.php on line 3') }, 'ok', /^$/],
    ['a private front page', { status: 404 }, 'ok', /^$/],
    ['a coming-soon page', { status: 503, body: '<body>Coming soon</body>' }, 'ok', /^$/],
    ['a page for members', { status: 302, location: 'http://acme.example/wp-login.php' }, 'ok', /^$/],
    ['another host', { status: 301, location: 'https://acme.example/' }, 'ok', /^$/],
    ['nothing at all', { body: '' }, 'empty', /200 with 0 bytes/],
    ['white space', { body: ' \n\u00a0\ufeff' }, 'empty', /no visible content/],
    [
      'a document without content',
      {
        body: '<html><head><title>Acme</title><style>b{}</style></head><body class="x">\n<!-- a --> <script>go()</script></body></html>',
      },
      'empty',
      /no visible content/,
    ],
    ['a fatal error', { status: 500, body: '', log: entry(fatal) }, 'fatal', /undefined function nope/],
    ['a fatal error after the page has started', { log: entry(fatal) }, 'fatal', /undefined function nope/],
    [
      'a fatal error in an empty success',
      { body: '', log: entry(fatal).slice(0, 400) },
      'fatal',
      /undefined function nope/,
    ],
    [
      'an entry that nginx has cut',
      { status: 500, log: entry(fatal).slice(0, 300) },
      'fatal',
      /undefined function nope/,
    ],
    [
      'a parse error',
      {
        status: 500,
        log: entry('PHP Parse error:  syntax error, unexpected end of file in /srv/x.php on line 3'),
      },
      'fatal',
      /unexpected end of file/,
    ],
    [
      'the page for critical errors, and an empty log',
      {
        status: 500,
        body: '<body id="error-page"><div class="wp-die-message">Es gab einen kritischen Fehler',
      },
      'fatal',
      /critical errors/,
    ],
    [
      'the installer',
      { status: 302, wordpress: null, location: 'http://acme.example/wp-admin/install.php' },
      'installer',
      /asks to be installed/,
    ],
    [
      'the installer, as a path',
      { status: 302, wordpress: null, location: '/wp-admin/install.php?step=1' },
      'installer',
      /asks to be installed/,
    ],
    ['no PHP', { status: 502, wordpress: null, body: '<h1>Bad Gateway' }, 'failed', /HTTP 502/],
    ['a static page instead of WordPress', { wordpress: null }, 'failed', /WordPress does not start/],
    [
      'no connection to the database',
      {
        status: 500,
        wordpress: null,
        body: '<body id="error-page"><div class="wp-die-message"><h1>Error establishing a database connection</h1></div>',
      },
      'failed',
      /cannot connect to its database/,
    ],
    ['a server error without a cause', { status: 500 }, 'failed', /HTTP 500/],
    ['another host of nginx', { marker: null }, 'failed', /another host/],
    ['a redirect to itself', { status: 301, location: 'http://acme.example/' }, 'failed', /redirects/],
  ];

  it('is judged by what Pressluft answers for: WordPress boots, no fatal error, not empty', async () => {
    const found = await renderAll(judged.map(([, reply]) => [reply]));
    const shown = judged.map(([title, , state, message], index) => {
      const [result] = found[index] as [{ state: string; status: number; message: string }];
      return [title, result.state === state && message.test(result.message) ? 'as expected' : result];
    });
    expect(shown).toEqual(judged.map(([title]) => [title, 'as expected']));
  });

  it('is named with the error in one line, without the path of the release', async () => {
    const [found] = await renderAll([[{ status: 500, log: entry(fatal) }]]);
    expect(found).toEqual([{ state: 'fatal', status: 500, message: shownFatal }, ['acme.example/']]);
  });

  it('is followed to the page that the site shows instead', async () => {
    const moved = { status: 302, location: 'http://www.acme.example/start/?a=b', body: '' };
    const [good, broken] = await renderAll([
      [moved, {}],
      [moved, { body: '' }],
    ]);
    expect(good).toEqual([
      { state: 'ok', status: 200, message: '' },
      ['acme.example/', 'acme.example/start/?a=b'],
    ]);
    expect(broken).toMatchObject([{ state: 'empty' }, {}]);
  });
});

describe('the rotation', () => {
  /** Longest age of a result of `sites` environments in an hour, and the largest number of checks in a minute. */
  const hour = (sites: number, state = 'ok') =>
    evaluate(
      `rotate(${sites}, ${JSON.stringify(state)})`,
      null,
      `
def rotate(count, state):
    names = [f"site-{index:03}" for index in range(count)]
    results = dict.fromkeys(names)
    oldest, most = 0, 0
    for minute in range(120):
        now = 1_800_000_000 + 60 * minute
        checked = site_checks.due(names, results, now)
        most = max(most, len(checked))
        for name in checked:
            results[name] = {"time": now + 5, "state": state}
        if minute >= 60:
            oldest = max(oldest, *(now - results[name]["time"] for name in names))
    return [oldest, most]`,
    ) as Promise<readonly [number, number]>;

  it.each([1, 2, 10, 20, 100, 500])(
    'of %i sites checks each one within 10 minutes, in equal shares',
    async (sites) => {
      const [oldest, most] = await hour(sites);
      expect(oldest).toBeLessThan(600);
      expect(most).toBeLessThanOrEqual(Math.ceil(sites / 7));
    },
  );

  it('checks failing sites each minute, a few at a time, and the others not less for it', async () => {
    expect(await hour(5, 'fatal')).toEqual([expect.any(Number), 5]);
    const [oldest, most] = await hour(100, 'fatal');
    expect(oldest).toBeLessThan(600);
    expect(most).toBeLessThanOrEqual(15 + 5);
  });

  it('checks at once what has a result from the future', async () => {
    expect(await evaluate('site_checks.due(["a"], {"a": {"time": 9e9}}, 1.8e9)', null)).toEqual(['a']);
  });
});

describe('the error log of a site, which the site can replace', () => {
  it('is not followed elsewhere, and never waited for', async () => {
    const setup = `
import log_file
directory = tempfile.mkdtemp()
secret = directory + "/secret"
open(secret, "w").write("PHP Fatal error:  of another site\\n")
os.symlink(secret, directory + "/link")
os.mkfifo(directory + "/pipe")
os.mkdir(directory + "/directory")
def read(name):
    return log_file.read_since(f"{directory}/{name}", 0).decode()`;
    const names = ['link', 'pipe', 'directory', 'nothing'];
    expect(await evaluate('[read(name) for name in value]', names, setup)).toEqual(['', '', '', '']);
    expect(await evaluate('read("secret")', null, setup)).toBe('PHP Fatal error:  of another site\n');
  });

  it('is read from the beginning after it was rotated, and never in full', async () => {
    const setup = `
import log_file
log = tempfile.NamedTemporaryFile()
log.write(b"x" * (1 << 20) + b"end"); log.flush()`;
    const sizes = '[len(log_file.read_since(log.name, offset)) for offset in value]';
    expect(await evaluate(sizes, [0, (1 << 20) + 1, 5 << 20], setup)).toEqual([256 << 10, 2, 256 << 10]);
  });
});

describe('what is reported of a front page', () => {
  it('has no secret of the environment, also where the message was cut within one', async () => {
    const secrets = {
      database_password: 'correct-horse-battery',
      uid: 'uid-1',
      salts: { AUTH_KEY: 'salt-of-the-earth' },
    };
    const messages = [
      'PHP Fatal error: refused correct-horse-battery for salt-of-the-earth',
      'PHP Fatal error: refused correct-horse',
      'PHP Fatal error: something else',
    ];
    expect(
      await evaluate('[site_checks.without_secrets(text, value["secrets"]) for text in value["messages"]]', {
        secrets,
        messages,
      }),
    ).toEqual([
      'PHP Fatal error: refused … for …',
      'PHP Fatal error: refused …',
      'PHP Fatal error: something else',
    ]);
  });
});
