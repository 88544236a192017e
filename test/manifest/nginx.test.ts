import { describe, expect, test } from 'vitest';
import type { EnvironmentName } from '../../src/fleet/brand.ts';
import { fleetWith, load, soundFleet } from './fleet-fixture.ts';

const path = 'environments/staging.yaml';
const head = `apiVersion: pressluft.dev/v1
kind: Environment
metadata: { name: acme-staging }
spec:
  site: acme
  node: web-1
  type: staging
`;
const site = (nginx: string) =>
  `${soundFleet['sites/acme.yaml']}`.replace('  defaults:\n', `  defaults:\n    nginx: ${nginx}\n`);
const node = `${soundFleet['nodes/web-1.yaml']}`.replace(
  'serverType:',
  'nginx: { allowSnippets: [acme-staging] }, serverType:',
);

function loaded(files: Readonly<Record<string, string>>) {
  const { fleet, diagnostics } = load(fleetWith(files));
  return {
    codes: diagnostics.map(({ code, file, line }) => `${code} ${file}:${line}`),
    messages: diagnostics.map(({ message }) => message),
    nginx: fleet?.environments.get('acme-staging' as EnvironmentName)?.nginx,
    quarantined: [...(fleet?.quarantine.resources.keys() ?? [])],
  };
}

describe('nginx of an environment', () => {
  test('without a word about it, has the defaults', () => {
    expect(loaded({ [path]: head }).nginx).toEqual({
      maxBodyBytes: 67_108_864,
      headers: {},
      allow: [],
      deny: [],
      xmlrpc: 'deny',
      lifetimes: {},
      locations: [],
      serverSnippet: null,
    });
  });

  test('is merged with the defaults of the site; false leaves out a header or a location', () => {
    const { nginx, codes } = loaded({
      'sites/acme.yaml': site(
        '{ clientMaxBodySize: 128M, headers: { X-Frame-Options: DENY, Link: a }, lifetimes: { css: 1d, js: 1h }, locations: { /a: { deny: [198.51.100.0/24] }, /b/: { lifetime: 5m } } }',
      ),
      [path]: `${head}  nginx:
    headers: { Link: false }
    lifetimes: { js: off }
    locations:
      /a: false
      /b/: { match: exact }
      /c: { answer: { status: 200, text: "two\\nlines" } }
`,
    });
    expect(codes).toEqual([]);
    expect(nginx).toEqual({
      maxBodyBytes: 128 * 1024 ** 2,
      headers: { Link: null, 'X-Frame-Options': 'DENY' },
      allow: [],
      deny: [],
      xmlrpc: 'deny',
      lifetimes: { css: 86_400, js: null },
      locations: [
        { path: '/b/', match: 'exact', headers: {}, allow: [], deny: [], lifetime: 300, answer: null },
        {
          path: '/c',
          match: 'prefix',
          headers: {},
          allow: [],
          deny: [],
          answer: { status: 200, text: 'two\nlines', contentType: 'text/plain' },
        },
      ],
      serverSnippet: null,
    });
  });

  test('has raw directives only where the node names the environment', () => {
    const snippet = `${head}  nginx: { serverSnippet: "etag off;" }\n`;
    const blocked = loaded({ [path]: snippet });
    expect(blocked.codes).toEqual([`PL1120 ${path}:8`]);
    expect(blocked.nginx).toBeUndefined();
    expect(blocked.quarantined).toContain('environment/acme-staging');
    const allowed = loaded({ [path]: snippet, 'nodes/web-1.yaml': node });
    expect(allowed.codes).toEqual([]);
    expect(allowed.nginx?.serverSnippet).toBe('etag off;');
  });

  test('has no raw directives of its site without the permission either', () => {
    const files = { [path]: head, 'sites/acme.yaml': site('{ serverSnippet: "etag off;" }') };
    expect(loaded(files).codes).toContain(`PL1120 ${path}:6`);
    expect(loaded(files).messages.join()).toContain('(from the defaults of the site)');
  });

  test('is not answered where its site redirects', () => {
    const { codes } = loaded({
      'sites/acme.yaml': site('{ locations: { /a: { answer: { status: 404 } } } }'),
      [path]: `${head}  domains: { redirects: [{ from: /a, to: /b }] }\n`,
    });
    expect(codes).toEqual([`PL1122 ${path}:8`]);
  });

  test.each([
    ['headers: { Set-Cookie: a }', 'PL1034'],
    ['headers: { X-Accel-Redirect: /a }', 'PL1034'],
    ['headers: { Transfer-Encoding: chunked }', 'PL1034'],
    ['headers: { Link: $http_x_pressluft_probe }', 'PL1034'],
    ['clientMaxBodySize: 3G', 'PL1034'],
    ['clientMaxBodySize: 0', 'PL1037'],
    ['lifetimes: { css: 366d }', 'PL1034'],
    ['lifetimes: { .css: 1d }', 'PL1034'],
    ['locations: { "~ ^/a": { lifetime: 1d } }', 'PL1034'],
    ['locations: { /../a: { lifetime: 1d } }', 'PL1034'],
    ['locations: { /.git: { lifetime: 1d } }', 'PL1034'],
    ['locations: { /a: { answer: { status: 302 } } }', 'PL1033'],
    ['locations: { /a: { answer: { status: 200, text: "$host" } } }', 'PL1034'],
    ['allow: [203.0.113.0]', 'PL1045'],
    ['deny: [0.0.0.0/0]', 'PL1122'],
  ])('refuses %s', (field, code) => {
    expect(
      loaded({ [path]: `${head}  nginx: { ${field} }\n` }).codes.map((text) => text.split(' ')[0]),
    ).toContain(code);
  });
});
