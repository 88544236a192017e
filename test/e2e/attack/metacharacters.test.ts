import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ResourceKind } from '../../../src/fleet/resource.ts';
import { snippetFault } from '../../../src/manifest/kinds/environment/nginx-rules.ts';
import { acceptedTexts } from '../../attack/accepted-texts.ts';
import { hostileTexts } from '../../attack/hostile-text.ts';
import { createFleet, type E2eFleet } from '../../support/e2e-fleet.ts';
import { type TestLab, testLab } from '../../support/e2e-lab.ts';
import { environment, manifest, smallFleet } from '../../support/small-fleet.ts';
import { onNode } from '../../support/ssh.ts';

/** Settings of PHP that accept any text and have no effect on the pages of the test. */
const settings = [
  'user_agent',
  'from',
  'error_prepend_string',
  'error_append_string',
  'docref_root',
  'docref_ext',
  'highlight.comment',
  'highlight.default',
  'highlight.html',
  'highlight.keyword',
  'highlight.string',
  'arg_separator.output',
];

const taken = (kind: ResourceKind, field: string, texts = hostileTexts) => acceptedTexts(kind, field, texts);
const snippetField = 'spec.nginx.serverSnippet';
const titles = sentences(taken('Site', 'spec.title'), 200);
const constants = Object.fromEntries(
  taken('Environment', 'spec.wordpress.constants.*').map((text, index) => [`HOSTILE_${index}`, text]),
);
const iniTexts = taken('Environment', 'spec.php.ini.*');
const targets = taken('Environment', 'spec.domains.redirects.[].to');
const sources = taken('Environment', 'spec.domains.redirects.[].from');
const [email = ''] = taken('Site', 'spec.adminEmail');
/** As comments, since a snippet consists of directives; nginx accepts no word of more than 4 KiB. */
const snippet = hostileTexts
  .map((text) => `# ${text}\n`)
  .filter((line) => !/[\r\n]./s.test(line) && line.length < 4000)
  .filter((line) => snippetFault(line) === undefined && taken('Environment', snippetField, [line]).length > 0)
  .join('');
const headerValues = taken('Environment', 'spec.nginx.headers.*');
const answers = taken('Environment', 'spec.nginx.locations.*.answer.text');
const queryOfUrl = '?$(touch%20/tmp/pwned-url);&a=b';
const names = titles.map((_, index) => `env-${index}`);
const passwordHash = `{SHA}${createHash('sha1').update('secret').digest('base64')}`;

/** All fields of a manifest that reach a node, spread over a few environments. */
function environmentSpec(index: number): Readonly<Record<string, unknown>> {
  const ini = iniTexts.slice(index * settings.length, (index + 1) * settings.length);
  const first = index === 0;
  return {
    site: `site-${index}`,
    deletionPolicy: 'delete',
    php: { version: '8.2', ini: Object.fromEntries(ini.map((text, place) => [settings[place] ?? '', text])) },
    wordpress: { version: '7.1.1', ...(first ? { constants } : {}) },
    ...(first
      ? { access: { basicAuth: { user: '-rf', passwordHash } }, nginx: { serverSnippet: snippet } }
      : {}),
    ...(index === 1
      ? {
          domains: {
            redirects: [
              ...targets.map((to, place) => ({ from: `/to-${place}`, to })),
              ...sources.map((from) => ({ from, to: '/from' })),
            ],
          },
          nginx: {
            locations: Object.fromEntries([
              ...answers.map((text, place) => [`/answer-${place}`, { answer: { status: 200, text } }]),
              ...headerValues.map((Link, place) => [`/header-${place}`, { headers: { Link } }]),
            ]),
          },
        }
      : {}),
  };
}

describe('text that some language could interpret', () => {
  let test: TestLab;
  let fleet: E2eFleet;
  let ipv4 = '';
  let before: readonly string[];

  const root = (script: string) => onNode(fleet.stateDir, ipv4, script);
  const hostOf = async (name: string) =>
    new URL(
      (((await fleet.status(`environment/${name}`))?.details ?? {}) as Record<string, string>).previewUrl ??
        '',
    ).host;
  const php = async (name: string, code: string): Promise<unknown> => {
    const request = `curl -s -m 30 -u '-rf:secret' -H 'Host: ${await hostOf(name)}' -H 'X-Code: ${Buffer.from(code).toString('base64')}' 127.0.0.1/`;
    return JSON.parse(await root(request));
  };
  const markers = async () =>
    (await Promise.all(['/tmp', tmpdir(), '/'].map((dir) => readdir(dir))))
      .flat()
      .filter((name) => name.startsWith('pwned'));

  beforeAll(async () => {
    before = await markers();
    test = await testLab('e2emeta');
    const catalogue = test.lab.mirror.catalogue;
    const files = smallFleet(catalogue, { nodes: { alpha: [] }, allowSnippets: ['env-0'] });
    const { path = '', sha256 = '' } = catalogue.wordpress['7.1.1'] ?? {};
    files['pressluft.yaml'] = manifest('Pressluft', 'small', {
      artifacts: {
        wordpress: { '7.1.1': { url: `${test.lab.mirror.url}${path}${queryOfUrl}`, sha256 } },
        wpCli: Object.fromEntries(
          Object.entries(catalogue.wpCli).map(([version, artifact]) => [version, artifact.sha256]),
        ),
      },
    });
    for (const [index, name] of names.entries()) {
      files[`site-${index}.yaml`] = manifest('Site', `site-${index}`, {
        title: titles[index],
        adminEmail: email,
        adminUser: 'a-b_c.d',
        owner: titles[index],
      });
      files[`environments/${name}.yaml`] = environment(name, 'alpha', environmentSpec(index));
    }
    fleet = await createFleet(test.lab, files);
    const pass = await fleet.pressluft(['reconcile']);
    expect(pass, pass.stderr + pass.stdout).toMatchObject({ code: 0 });
    ipv4 = (((await fleet.status('node/alpha'))?.details ?? {}) as Record<string, string>).ipv4 ?? '';
    await root(
      names
        .map(
          (name) => `cat >/srv/pressluft/${name}/current/public/wp-content/mu-plugins/look.php <<'EOF_OF_PAGE'
<?php if (isset($_SERVER['HTTP_X_CODE'])) { exit(json_encode(eval(base64_decode($_SERVER['HTTP_X_CODE'])))); }
EOF_OF_PAGE`,
        )
        .join('\n'),
    );
  });
  afterAll(async () => {
    await fleet?.remove();
    await test?.end();
  });

  it.each(titles.map((title, index) => ({ title, name: `env-${index}` })))(
    'the title of $name is stored as it was written',
    async ({ title, name }) => {
      const decoded = await php(name, "return html_entity_decode(get_option('blogname'), ENT_QUOTES);");
      expect(decoded).toBe(title);
    },
  );

  it('every constant has the value that was written', async () => {
    const defined = (await php('env-0', "return get_defined_constants(true)['user'];")) as Record<
      string,
      unknown
    >;
    expect(
      Object.fromEntries(Object.entries(defined).filter(([name]) => name.startsWith('HOSTILE_'))),
    ).toEqual(constants);
  });

  it('every PHP setting has the value that was written', async () => {
    for (const [index, name] of names.entries()) {
      const { ini } = environmentSpec(index).php as { ini: Record<string, string> };
      const wanted = JSON.stringify(Object.keys(ini)).replaceAll("'", '');
      expect(
        await php(
          name,
          `return array_combine($k = json_decode('${wanted}'), array_map('ini_get', $k)) ?: new stdClass();`,
        ),
      ).toEqual(ini);
    }
    expect(iniTexts.length).toBeLessThanOrEqual(names.length * settings.length);
  });

  it('a redirect sends the target that was written, and no other header', async () => {
    for (const [index, target] of targets.entries()) {
      const answer = await root(
        `curl -s -D - -o /dev/null -H 'Host: ${await hostOf('env-1')}' 127.0.0.1/to-${index}`,
      );
      expect(answer).toMatch(/^HTTP\/1.1 301/);
      expect(/^location: (.*?)\r?$/im.exec(answer)?.[1]?.replace(/^http:\/\/[^/]+/, '')).toBe(target);
      expect(answer).not.toMatch(/^set-cookie/im);
    }
  });

  it('a fixed answer and a header are the text that was written', async () => {
    for (const [index, text] of answers.entries()) {
      const body = await root(
        `curl -s -H 'Host: ${await hostOf('env-1')}' 127.0.0.1/answer-${index} | base64 -w0`,
      );
      expect(Buffer.from(body, 'base64').toString()).toBe(text);
    }
    for (const [index, value] of headerValues.entries()) {
      const answer = await root(
        `curl -s -D - -o /dev/null -H 'Host: ${await hostOf('env-1')}' 127.0.0.1/header-${index}`,
      );
      expect(/^link: (.*?)\r?$/im.exec(answer)?.[1]).toBe(value);
      expect(answer).not.toMatch(/^set-cookie/im);
    }
  });

  it('the administrator has the address that was written', async () => {
    expect(await php('env-0', "return get_option('admin_email');")).toBe(email);
    expect(await php('env-0', "return get_users(['role' => 'administrator'])[0]->user_login;")).toBe(
      'a-b_c.d',
    );
  });

  it('the nginx snippet is the text that was written', async () => {
    expect(`${await root('cat /etc/nginx/pressluft/snippets/env-0.conf')}\n`).toBe(
      snippet.replace(/[\s]+$/, '\n'),
    );
  });

  it('no command was run on the node or on the controller', async () => {
    expect(await root("find / -xdev -name 'pwned*'")).toBe('');
    expect(await markers()).toEqual(before);
    await root('touch /tmp/pwned-control');
    expect(await root("find / -xdev -name 'pwned*'"), 'the control').toBe('/tmp/pwned-control');
  });

  it('applied once more, nothing changes', async () => {
    // Code that nobody described is replaced.
    await root('rm /srv/pressluft/*/current/public/wp-content/mu-plugins/look.php');
    const again = await fleet.pressluft(['reconcile', '--force', '--format', 'json']);
    expect(again, again.stderr).toMatchObject({ code: 0 });
    const steps = again.stderr.split('\n').filter((line) => /environment\/env-\d.*\bchanged\b/.test(line));
    expect(steps).toEqual([]);
  });
});

/** The texts, joined into a few lines of limited length. */
function sentences(texts: readonly string[], longest: number): readonly string[] {
  const lines: string[] = [];
  for (const text of texts) {
    const last = lines.at(-1);
    if (text.length > longest || text.trim() === '') continue;
    if (last === undefined || last.length + text.length >= longest) lines.push(text);
    else lines[lines.length - 1] = `${last} ${text}`;
  }
  return lines;
}
