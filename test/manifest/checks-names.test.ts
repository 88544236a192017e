import { describe, expect, test } from 'vitest';
import type { EnvironmentName } from '../../src/fleet/brand.ts';
import { previewHost } from '../../src/fleet/naming.ts';
import { reservedName } from '../../src/manifest/checks/unreachable-names.ts';
import { nearest, nearestTimezone } from '../../src/manifest/diagnostics/nearest.ts';
import { codes, configWith, environment, findings, manifest } from './semantic-fixture.ts';

const shop = (spec: string) => ({ 'shop.yaml': environment('acme-shop', `${spec}, state: stopped`) });

describe('certificates of an authority', () => {
  const acme = 'tls: { mode: acme, email: web@acme.shop }';

  test.each([
    ['acme.shop', []],
    ['acme.example', ['warning PL1087']],
    ['shop.acme.test', ['warning PL1087']],
    ['acme.local', ['warning PL1087']],
    ['shop.internal', ['warning PL1087']],
    ['printer.home.arpa', ['warning PL1087']],
    ['shop.example.com', ['warning PL1087']],
    ['example-shop.com', []],
    ['my-test.shop', []],
  ])('for %s', (domain, expected) => {
    // Another environment of the valid fleet has acme.example.
    const production = { 'environments/production.yaml': environment('acme-production') };
    expect(codes({ ...production, ...shop(`domains: { primary: ${domain} }, ${acme}`) })).toEqual(expected);
  });

  test('are not checked without TLS', () => {
    expect(codes(shop('domains: { primary: shop.acme.example }'))).toEqual([]);
    expect(codes(shop('domains: { primary: shop.acme.example }, tls: { mode: off }'))).toEqual([]);
    expect(codes(shop('tls: { mode: off }'))).toEqual([]);
  });

  test('need names other than a preview URL', () => {
    expect(findings(shop(acme))[0]).toContain(
      'below "sslip.io", and all users of that service share its weekly limit',
    );
    const own = { 'pressluft.yaml': configWith('previewDomain: preview.acme.shop') };
    expect(findings({ ...own, ...shop(acme) })[0]).toMatch(/below "preview.acme.shop"$/);
  });

  test('have at most a hundred names', () => {
    const aliases = (count: number) => Array.from({ length: count }, (_, i) => `a${i}.acme.shop`).join(', ');
    const domains = (count: number) =>
      `domains: { primary: acme.shop, aliases: [${aliases(count)}] }, ${acme}`;
    expect(codes(shop(domains(99)))).toEqual([]);
    expect(findings(shop(domains(100)))[0]).toContain('has 101 names');
  });

  test('need a contact that receives mail: of the environment, its site, or the administrator', () => {
    const domains = 'domains: { primary: acme.shop }';
    expect(codes(shop(`${domains}, tls: { mode: acme, email: web@acme.shop }`))).toEqual([]);
    expect(findings(shop(`${domains}, tls: { mode: acme }`))[0]).toContain(
      '"web@acme.example" (the administrator',
    );
    const site = manifest(
      'Site',
      'acme',
      'title: Acme, adminEmail: web@acme.example, defaults: { wordpress: { version: 7.1.1 }, tls: { mode: acme, email: web@acme.shop } }',
    );
    const production = { 'environments/production.yaml': environment('acme-production', domains) };
    expect(codes({ 'sites/acme.yaml': site, ...production })).toEqual([]);
  });

  test('that are provided need the chain and the key', () => {
    const provided = (more: string) =>
      shop(`domains: { primary: acme.shop }, tls: { mode: provided${more} }`);
    const [chain, key] = ['certificate: { file: a.pem }', 'privateKey: { file: a.key }'];
    expect(findings(provided(''))[0]).toContain('tls.certificate and tls.privateKey are missing');
    expect(findings(provided(`, ${chain}`))[0]).toContain('tls.privateKey is missing');
    expect(codes(provided(`, ${chain}, ${key}`))).toEqual([]);
  });
});

test.each([
  ['sslip.io', []],
  ['preview.acme.shop', []],
  ['preview.test', ['warning PL1086']],
  ['acme.localhost', ['warning PL1086']],
])('the preview domain %s', (domain, expected) => {
  expect(codes({ 'pressluft.yaml': configWith(`previewDomain: ${domain}`) })).toEqual(expected);
});

test('a preview host name is never too long for the DNS, even with the longest names', () => {
  const longest = `${'p'.repeat(63)}.${'d'.repeat(63)}.${'x'.repeat(38)}.dev`;
  const host = previewHost('e'.repeat(63) as EnvironmentName, '255.255.255.255', longest);
  expect(longest).toHaveLength(170);
  expect(host.length).toBeLessThanOrEqual(253);
  expect(host.split('.').every((label) => label.length <= 63)).toBe(true);
});

test('a name is reserved itself, or below a reserved one', () => {
  expect(['test', 'a.test', 'x.example.org', 'a.b.internal'].map(reservedName)).toEqual([
    'test',
    'test',
    'example.org',
    'internal',
  ]);
  expect(['attest', 'my-example.org', 'example.de', 'test.de'].map(reservedName)).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

describe('redirects', () => {
  const redirects = (...all: readonly (readonly [string, string])[]) =>
    shop(
      `domains: { primary: acme.shop, aliases: [www.acme.shop], redirects: [${all
        .map(([from, to]) => `{ from: ${from}, to: "${to}" }`)
        .join(', ')}] }`,
    );

  test.each([
    [
      'that lead on',
      [
        ['/a', '/b'],
        ['/b', '/c'],
      ],
      [],
    ],
    ['to itself', [['/a', '/a']], ['warning PL1095']],
    ['to itself with a query', [['/a', '/a?x=1']], ['warning PL1095']],
    ['to itself by its full address', [['/a', 'https://acme.shop/a']], ['warning PL1095']],
    ['to itself by an alias', [['/a', 'http://www.acme.shop/a#top']], ['warning PL1095']],
    [
      'to an address without a path, which keeps the path',
      [['/a', 'https://acme.shop/']],
      ['warning PL1095'],
    ],
    ['to the start page', [['/a', '/']], []],
    ['to another host without a path', [['/a', 'https://shop.other.net/']], []],
    [
      'that come back',
      [
        ['/a', '/b'],
        ['/b', '/c'],
        ['/c', '/a'],
      ],
      ['warning PL1095'],
    ],
    [
      'into a circle from outside',
      [
        ['/x', '/a'],
        ['/a', '/b'],
        ['/b', '/a'],
      ],
      ['warning PL1095'],
    ],
    ['of a host to this environment', [['old.shop', 'https://acme.shop/']], []],
    ['of a host to itself', [['old.shop', 'https://old.shop/']], ['warning PL1095']],
    ['of a host to a path, which stays on the host', [['old.shop', '/new']], ['warning PL1095']],
    [
      'between two hosts',
      [
        ['a.shop', 'https://b.shop/'],
        ['b.shop', 'https://a.shop/'],
      ],
      ['warning PL1095'],
    ],
    [
      'of a path that is redirected twice',
      [
        ['/a', '/b'],
        ['/a', '/c'],
      ],
      ['error PL1096'],
    ],
    [
      'that differ in case',
      [
        ['/A', '/a'],
        ['/a', '/b'],
      ],
      [],
    ],
  ] as const)('%s', (_, all, expected) => {
    expect(codes(redirects(...all))).toEqual(expected);
  });

  test('in a chain of thousands are followed once each', () => {
    const chain = Array.from({ length: 5000 }, (_, i) => [`/p${i}`, `/p${(i + 1) % 5000}`] as const);
    expect(codes(redirects(...chain))).toContain('warning PL1095');
  });
});

describe('the nearest name', () => {
  test.each([
    ['Europe/Belrin', 'Europe/Berlin'],
    ['Germany/Berlin', 'Europe/Berlin'],
    ['europe/berlin', 'Europe/Berlin'],
    ['Berlin', 'Europe/Berlin'],
    ['America/NewYork', 'America/New_York'],
    ['Nowhere/Atlantis', undefined],
  ])('to the time zone %s is %s', (text, expected) => {
    expect(nearestTimezone(text)).toBe(expected);
  });

  test('to a host name has its labels', () => {
    expect(nearest('www.acme.exmaple', ['acme.example', 'www.acme.example'])).toBe('www.acme.example');
  });
});
