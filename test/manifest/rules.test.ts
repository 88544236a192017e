import { describe, expect, test } from 'vitest';
import { isCidr, isPrivateHost } from '../../src/manifest/checks/network-rules.ts';
import { nearest } from '../../src/manifest/diagnostics/nearest.ts';
import { mergeDefaults } from '../../src/manifest/kinds/environment/merge-defaults.ts';
import { snippetFault } from '../../src/manifest/kinds/environment/nginx-rules.ts';
import { parseDurationMs, parseSizeMib } from '../../src/manifest/resolve/units.ts';

describe('networks', () => {
  test.each(['0.0.0.0/0', '203.0.113.7/32', '::/0', '2001:db8::/32', '::ffff:10.0.0.1/128'])(
    '%s is one',
    (text) => expect(isCidr(text)).toBe(true),
  );
  test.each([
    '203.0.113.7',
    '10.0.0.0/33',
    '010.0.0.0/8',
    '256.0.0.0/8',
    '::/129',
    'example/8',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    ':::/0',
  ])('%s is not a network', (text) => expect(isCidr(text)).toBe(false));
  test.each([
    'localhost',
    '127.0.0.1',
    '10.1.2.3',
    '172.16.0.1',
    '192.168.1.1',
    '100.64.0.1',
    '[::1]',
    '[fd00::1]',
  ])('%s is private', (host) => expect(isPrivateHost(host)).toBe(true));
  test.each([
    '169.254.169.254',
    '172.32.0.1',
    '8.8.8.8',
    'localhost.example',
    '10.example',
    '[fe80::1]',
    '100.128.0.1',
  ])('%s is not private', (host) => expect(isPrivateHost(host)).toBe(false));
});

describe('nginx snippets', () => {
  test.each([
    '',
    'etag off;',
    'location / { return 204; }',
    '# } comment\netag off;',
    'set $site_a "}";',
    "set $site_a '{';",
    'rewrite ^/a\\{3\\}$ /b;',
    'location / { # }\n}',
  ])('%j stays in its block', (snippet) => expect(snippetFault(snippet)).toBeUndefined());
  test.each([
    '}',
    '} server { listen 81;',
    'location / {',
    'etag off; } http {',
    'set $site_a "',
    '"}" } {',
    "# '\n}",
    'etag off',
    'break;;',
  ])('%j does not', (snippet) => expect(snippetFault(snippet)?.kind).toBe('syntax'));
});

describe('nearest name', () => {
  test.each([
    ['memory_limit', ['version', 'memoryLimit', 'ini'], 'memoryLimit'],
    ['stagging', ['production', 'staging'], 'staging'],
    ['wbe-1', ['db-1', 'web-1'], 'web-1'],
    ['web-1', ['web-1'], undefined],
    ['x', ['production'], undefined],
    ['completely', ['different'], undefined],
    ['', ['a'], undefined],
  ])('of %j among %j is %j', (text, candidates, expected) =>
    expect(nearest(text, candidates)).toBe(expected),
  );
});

describe('units', () => {
  test.each([
    ['60s', 60_000],
    ['5m', 300_000],
    ['2h', 7_200_000],
    ['0s', undefined],
    ['5', undefined],
    ['1.5h', undefined],
  ])('duration %s', (text, ms) => expect(parseDurationMs(text)).toBe(ms));
  test.each([
    ['1GiB', 1024],
    ['512MiB', 512],
    ['0', 0],
    ['1GB', undefined],
  ])('size %s', (text, mib) => expect(parseSizeMib(text)).toBe(mib));
});

test('defaults are merged key by key, lists and scalars are replaced, and neither side is changed', () => {
  const defaults: object = Object.freeze({ a: Object.freeze({ x: 1, y: [1, 2] }), b: 'text', c: { z: 1 } });
  const own: object = Object.freeze({ a: Object.freeze({ y: [3] }), b: { now: 'a map' }, c: false });
  expect(mergeDefaults(defaults, own)).toEqual({ a: { x: 1, y: [3] }, b: { now: 'a map' }, c: false });
});
