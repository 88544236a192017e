import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { environmentVariables } from './environment-variables.ts';
import { createPythonWorld, type PythonWorld } from './python.ts';

let python: PythonWorld;
let node: string;
beforeAll(() => {
  python = createPythonWorld();
});
afterAll(() => python.close());
beforeEach(() => {
  node = mkdtempSync(join(tmpdir(), 'pressluft-verification-'));
  return () => rmSync(node, { recursive: true, force: true });
});

const name = 'acme-production';

function put(path: string, content: string): void {
  mkdirSync(dirname(join(node, path)), { recursive: true });
  writeFileSync(join(node, path), content);
}

/** Runs Python on a node below a directory; the clock is a number that sleeping moves on. */
async function onNode(script: string, input: unknown = null): Promise<unknown> {
  const text = await python.run(
    `
import json, sys, time, types
basic = types.ModuleType("ansible.module_utils.basic")
basic.AnsibleModule = None
sys.modules["ansible.module_utils.basic"] = basic
from ansible.module_utils.pressluft import layout
layout.ROOT, layout.STATE = ${JSON.stringify(`${node}/srv`)}, ${JSON.stringify(`${node}/etc`)}
from ansible.module_utils.pressluft import error_log, front_page, loopback, releases, verification
from ansible.module_utils.pressluft.steps import Progress, StepError
now = [0.0]
verification.time = types.SimpleNamespace(monotonic=lambda: now[0], sleep=lambda s: now.__setitem__(0, now[0] + s))
value = json.load(sys.stdin)
def answers(replies):
    """Serves these replies in turn, the last one for ever; a text is a failed connection."""
    left = list(replies)
    def get(host, timeout=30):
        reply = left.pop(0) if len(left) > 1 else left[0]
        now[0] += reply.get("seconds", 0) if isinstance(reply, dict) else 0
        if isinstance(reply, str) or "error" in reply:
            raise OSError(reply if isinstance(reply, str) else reply["error"])
        headers = {"x-pressluft-environment": "${name}", "x-pressluft-wordpress": "7.1.1", **reply.get("headers", {})}
        return loopback.Reply(reply["status"], 5, {key: text for key, text in headers.items() if text is not None}, reply.get("body", "<p>Hello").encode())
    loopback.get = get
def outcome(work):
    try:
        return work()
    except StepError as error:
        return [error.code, error.message]
${script}
`,
    input,
  );
  return JSON.parse(text);
}

interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string | null>>;
  readonly body?: string;
  readonly error?: string;
  readonly seconds?: number;
}

interface Verified {
  readonly replies: readonly Reply[];
  readonly before?: unknown;
  readonly change?: Parameters<typeof environmentVariables>[0];
}

/** Results of verifications against these answers: its summary or its error, and the seconds that it took. One process, since each takes longer than all cases. */
const verifyAll = async (runs: readonly Verified[]) =>
  (await onNode(
    `
results = []
for run in value:
    now[0] = 0.0
    answers(run["replies"])
    results.append([outcome(lambda: verification.verify(run["environment"], run["before"])), round(now[0])])
print(json.dumps(results))`,
    runs.map(({ replies, before = null, change = {} }) => ({
      replies,
      before,
      environment: environmentVariables(change),
    })),
  )) as readonly (readonly [unknown, number])[];

const fatal = {
  status: 500,
  headers: { 'x-pressluft-fatal': encodeURIComponent('PHP Fatal error: Uncaught Error: x\n in /a.php:3') },
};
const worked = { state: 'ok', status: 200 };

const content: readonly (readonly [string, Reply, unknown, string])[] = [
  ['a page', { status: 200 }, null, '200 in 5 ms'],
  ['a redirect without a body', { status: 302, body: '' }, null, '302 in 5 ms'],
  [
    'a private front page',
    { status: 404 },
    { state: 'ok', status: 404 },
    '404 in 5 ms, as before the change',
  ],
  ['a coming-soon page', { status: 503 }, worked, '503 in 5 ms; 200 before the change'],
  ['a members-only page', { status: 401 }, null, '401 in 5 ms'],
  [
    'an error that it always answers',
    { status: 500 },
    { state: 'ok', status: 500 },
    '500 in 5 ms, as before the change',
  ],
];

const installer = { location: 'http://acme.example/wp-admin/install.php', 'x-pressluft-wordpress': null };
const late = 'x<!-- pressluft-fatal: PHP%20Fatal%20error%3A%20y -->';
const broken: readonly (readonly [string, Reply, string, string])[] = [
  [
    'an empty page',
    { status: 200, body: ' \n' },
    'site_empty',
    'the front page is empty (HTTP 200 with 2 bytes and no visible content)',
  ],
  [
    'a PHP error',
    fatal,
    'site_fatal',
    'the front page ends in a PHP error (HTTP 500): PHP Fatal error: Uncaught Error: x in /a.php:3',
  ],
  [
    'a PHP error behind the headers',
    { status: 200, body: late },
    'site_fatal',
    'the front page ends in a PHP error (HTTP 200): PHP Fatal error: y',
  ],
  [
    'the installer',
    { status: 302, headers: installer },
    'site_not_installed',
    'WordPress asks to be installed: its tables are missing or empty',
  ],
];

const temporary: readonly (readonly [string, Reply])[] = [
  ['nginx does not answer', { error: 'refused' }],
  ['a pool restarts', { status: 502 }],
  ['the database does not answer', { status: 500, headers: { 'x-pressluft-wordpress': null } }],
  ['WordPress is in maintenance mode', { status: 503, headers: { 'x-pressluft-wordpress': null } }],
  ['the release before still answers', { status: 200, headers: { 'x-pressluft-wordpress': '7.1.0' } }],
  ['the site answers a server error', { status: 500 }],
  ['a request on a busy machine takes longer than all patience', { error: 'timed out', seconds: 30 }],
];

describe('verification', () => {
  it('accepts what a site says by itself: that is its content', async () => {
    const results = await verifyAll(content.map(([, reply, before]) => ({ replies: [reply], before })));
    for (const [index, [title, , , summary]] of content.entries())
      expect(results[index], title).toEqual([summary, 0]);
  });

  it('refuses a site that does not work, within two seconds', async () => {
    const results = await verifyAll(broken.map(([, reply]) => ({ replies: [reply], before: worked })));
    for (const [index, [title, , code, message]] of broken.entries()) {
      expect(results[index]?.[0], title).toEqual([code, message]);
      expect(results[index]?.[1], title).toBeLessThanOrEqual(2);
    }
  });

  it('waits while something may pass, and then fails so that it is retried', async () => {
    const runs = temporary.flatMap(([, reply]) => [
      { replies: [reply, { status: 200 }], before: worked },
      { replies: [reply], before: worked },
    ]);
    const results = await verifyAll(runs);
    for (const [index, [title]] of temporary.entries()) {
      expect(results[2 * index]?.[0], title).toBe('200 in 5 ms');
      expect(results[2 * index + 1]?.[0], title).toMatchObject(['verify_failed', expect.any(String)]);
    }
  });

  it('expects the answer of nginx from a stopped environment', async () => {
    const change = { state: 'stopped' };
    const served = { status: 503, headers: { 'x-pressluft-wordpress': null } };
    const [good, bad] = await verifyAll([
      { replies: [served], change },
      { replies: [{ status: 200 }], change },
    ]);
    expect(good).toEqual(['503', 0]);
    expect(bad?.[0]).toEqual(['verify_failed', 'stopped, but it answers HTTP 200']);
  });
});

describe('the error log', () => {
  const log = `srv/${name}/logs/error.log`;
  const line = (message: string) =>
    `2026/11/29 10:00:00 [error] 12#12: *5 FastCGI sent in stderr: "PHP message: ${message}" while reading response header from upstream, client: 127.0.0.1\n`;
  const found = (offset = 0) => onNode(`print(json.dumps(error_log.fatal_since("${name}", ${offset})))`);

  it('gives the PHP error, not the end of its stack trace', async () => {
    put(
      log,
      `${line('PHP Warning:  Undefined variable')}${line('PHP Fatal error:  Uncaught Exception: no ledger in /srv/x.php:9\nStack trace:\n#0 {main}\n  thrown in /srv/x.php on line 9')}${line('PHP Notice:  later')}`,
    );
    expect(await found()).toBe('PHP Fatal error: Uncaught Exception: no ledger in /srv/x.php:9');
  });

  it('reads what PHP prints on the command line', async () => {
    const printed = 'Fatal error: Uncaught Error: no table in /srv/x.php:9\nStack trace:\n#0 {main}\n';
    const text = await onNode(`print(json.dumps(error_log.fatal_in("${name}", value)))`, printed);
    expect(text).toBe('Fatal error: Uncaught Error: no table in /srv/x.php:9');
  });

  it('gives the last one, a parse error as well, and only what was logged since', async () => {
    const first = line('PHP Fatal error:  first in /a.php on line 1');
    put(log, first);
    expect(await found(Buffer.byteLength(first))).toBe('');
    put(log, first + line('PHP Parse error:  syntax error in /b.php on line 2PHP message: PHP Notice: z'));
    expect(await found(Buffer.byteLength(first))).toBe('PHP Parse error: syntax error in /b.php on line 2');
  });

  it('reads a log that was rotated since from its beginning', async () => {
    put(log, line('PHP Fatal error:  after rotation'));
    expect(await found(1_000_000)).toBe('PHP Fatal error: after rotation');
  });

  it('is bounded and printable, and holds none of the secrets of the environment', async () => {
    put(
      `etc/secrets/${name}.json`,
      JSON.stringify({ uid: 'u', database_password: 'hunter2hunter2', salts: { A: 'salty-salty' } }),
    );
    put(log, line(`PHP Fatal error:  \u001b[31mhunter2hunter2 salty-salty ${'x'.repeat(5000)}`));
    const text = (await found()) as string;
    expect(text).toMatch(/^PHP Fatal error: \[31m… … x+…$/);
    expect(text.length).toBeLessThanOrEqual(600);
  });

  it('does not follow a link in its place', async () => {
    put('etc/shadow', line('PHP Fatal error:  secret'));
    mkdirSync(join(node, `srv/${name}/logs`), { recursive: true });
    symlinkSync(join(node, 'etc/shadow'), join(node, log));
    expect(await found()).toBe('');
  });
});

describe('a release that broke the site', () => {
  const releases = `srv/${name}/slots/a/releases`;
  const core = (version: string, database: number) =>
    `<?php\n$wp_version = '${version}';\n$wp_db_version = ${database};\n`;
  beforeEach(() => {
    for (const release of ['good', 'bad'])
      put(`${releases}/${release}/wp-includes/version.php`, core('7.1.1', 60));
    symlinkSync('releases/good', join(node, `srv/${name}/slots/a/verified`));
    symlinkSync('releases/bad', join(node, `srv/${name}/slots/a/public`));
    put(
      `etc/environments/${name}.json`,
      JSON.stringify({ versions: { wordpress: '7.1.1', plugins: { shop: '1.0' } } }),
    );
  });

  /** Result of undoing a change: error, live release, and the options that were restored. */
  const undo = (
    notes: unknown,
    replies: readonly Reply[],
    databaseVersion = '60',
    problem = ['site_fatal', 'PHP Fatal error: x'],
  ) =>
    onNode(
      `
from ansible.module_utils.pressluft import php_masters, switch_back, wordpress, wordpress_process
restored = []
wordpress.options = lambda environment, password: {"db_version": value["database"], "active_plugins": "after"}
php_masters.restart = lambda names: {}
wordpress_process.script_file = lambda text: Script()
class Script:
    def __enter__(self): return "/script"
    def __exit__(self, *problem): pass
wordpress_process.execute = lambda environment, request, script: restored.append(request["options"]) or []
answers(value["replies"])
own = Progress("${name}")
with own.step("verify"): pass
change = switch_back.Change(value["notes"], "<?php")
result = outcome(lambda: switch_back.undo(value["environment"], own, StepError(*value["problem"]), change))
print(json.dumps([result, releases.live_release("${name}"), restored]))
`,
      {
        notes,
        replies,
        problem,
        database: databaseVersion,
        environment: environmentVariables({ wordpress: { plugins: [{ slug: 'shop', version: '1.1' }] } }),
      },
    );
  const notes = {
    before: worked,
    switched: { from: 'good', to: 'bad' },
    options: { active_plugins: 'before' },
  };

  it('is replaced by the verified one, with its plugins, and the message names both', async () => {
    expect(await undo(notes, [{ status: 200 }])).toEqual([
      [
        'release_switched_back',
        'PHP Fatal error: x; switched back (shop 1.1 to 1.0): release good serves again',
      ],
      'good',
      [{ active_plugins: 'before' }],
    ]);
  });

  it('stays when the site did not work before', async () => {
    expect(await undo({ ...notes, before: { state: 'fatal', status: 500 } }, [{ status: 200 }])).toEqual([
      ['site_fatal', 'PHP Fatal error: x'],
      'bad',
      [],
    ]);
  });

  it('stays when WordPress has upgraded the database', async () => {
    const [error, live] = (await undo(notes, [{ status: 200 }], '61')) as [[string, string], string];
    expect(error).toEqual([
      'site_fatal',
      'PHP Fatal error: x; not switched back to good, because the database was upgraded from version 60 to 61',
    ]);
    expect(live).toBe('bad');
  });

  it('stays, with both errors, when the former one does not work either', async () => {
    const [error, live] = (await undo(notes, [fatal])) as [[string, string], string];
    expect(error[0]).toBe('site_fatal');
    expect(error[1]).toMatch(
      /^PHP Fatal error: x; switching back did not help: the front page ends in a PHP error/,
    );
    expect(live).toBe('bad');
  });

  it('is replaced after a run that was killed behind its switch, although nobody saw the site before', async () => {
    for (const switched of [{}, { switched: { from: 'unverified', to: 'bad' } }]) {
      const [error, live] = (await undo(switched, [{ status: 200 }])) as [[string, string], string];
      expect(error[0]).toBe('release_switched_back');
      expect(live).toBe('good');
      rmSync(join(node, `srv/${name}/slots/a/public`));
      symlinkSync('releases/bad', join(node, `srv/${name}/slots/a/public`));
    }
  });

  it('keeps the verified release when releases are removed', async () => {
    for (const release of ['older', 'newer']) put(`${releases}/${release}/x`, '');
    const left = await onNode(
      `import os\nreleases.prune("${name}")\nprint(json.dumps(sorted(os.listdir("${node}/${releases}"))))`,
    );
    expect(left).toEqual(['bad', 'good']);
  });
});

it('does not start a module whose run was ended while it waited for its turn', async () => {
  const abandoned = await onNode(`
import os, socket
from ansible.module_utils.pressluft.arguments import is_abandoned
reader, writer = os.pipe()
one, other = socket.socketpair()
file = os.open(os.devnull, os.O_WRONLY)
before = [is_abandoned(each) for each in (writer, one.fileno(), file)]
os.close(reader); other.close()
print(json.dumps([before, [is_abandoned(each) for each in (writer, one.fileno(), file)]]))`);
  expect(abandoned).toEqual([
    [false, false, false],
    [true, true, false],
  ]);
});

it('says in a failed step why it failed', async () => {
  const steps = await onNode(`
own = Progress("x")
with own.step("verify"): pass
own.fail("verify_failed", "HTTP 500")
print(json.dumps(own.result()["steps"]))`);
  expect(steps).toMatchObject([{ step: 'verify', failed: true, message: 'verify_failed: HTTP 500' }]);
});
