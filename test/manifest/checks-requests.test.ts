import { describe, expect, test } from 'vitest';
import { fleetWith, load } from './fleet-fixture.ts';
import { codes, documents, environment, findings, manifest, policy } from './semantic-fixture.ts';

const club = documents(
  manifest(
    'Site',
    'club',
    'title: Club, adminEmail: web@club.example, defaults: { wordpress: { version: 7.1.1 } }',
  ),
  manifest('Environment', 'club-staging', 'site: club, node: web-1, type: staging'),
);
const clone = (name: string, source: string) =>
  environment(name, `source: { clone: ${source} }, state: stopped`, 'staging');

describe('clones', () => {
  test('of an environment of the same site are fine, also of one that is a clone', () => {
    const file = documents(clone('a', 'acme-production'), clone('b', 'a'));
    expect(codes({ 'copies.yaml': file })).toEqual([]);
  });

  test('of one another are reported at each of them', () => {
    const file = documents(clone('a', 'b'), clone('b', 'c'), clone('c', 'a'), clone('d', 'a'));
    const found = findings({ 'copies.yaml': file });
    expect(found.map((each) => each.split(': ').at(-1))).toEqual([
      'a → b → c → a',
      'b → c → a → b',
      'c → a → b → c',
    ]);
    expect(found.every((each) => each.startsWith('error PL1090'))).toBe(true);
  });

  test('of themselves are reported', () => {
    expect(findings({ 'copies.yaml': clone('a', 'a') })).toEqual([
      'error PL1090 environment/a is a clone of itself',
    ]);
  });

  test('in a long cycle are shortened', () => {
    const ring = Array.from({ length: 200 }, (_, i) => clone(`e${i}`, `e${(i + 1) % 200}`));
    const found = findings({ 'copies.yaml': documents(...ring) });
    expect(found[0]).toContain('e0 → e1 → e2 → e3 → e4 → e5 → e6 → … 193 more → e0');
  });

  test('of another site give a warning', () => {
    const other = manifest(
      'Environment',
      'x',
      'site: acme, node: web-1, type: staging, source: { clone: club-staging }',
    );
    expect(codes({ 'club.yaml': club, 'x.yaml': other })).toEqual(['warning PL1091']);
  });
});

describe('promotions', () => {
  const promotion = (from: string, to: string) =>
    manifest('Promotion', 'release', `from: ${from}, to: ${to}`);
  const staging = environment('acme-staging', '', 'staging');

  test('from staging to production are fine', () => {
    expect(codes({ 's.yaml': staging, 'p.yaml': promotion('acme-staging', 'acme-production') })).toEqual([]);
  });

  test('to itself are an error, also when the environment does not exist', () => {
    expect(codes({ 'p.yaml': promotion('acme-production', 'acme-production') })).toEqual(['error PL1092']);
    expect(codes({ 'p.yaml': promotion('nowhere', 'nowhere') })).toEqual(['error PL1092']);
  });

  test('across sites are an error, to a stopped environment a warning', () => {
    expect(codes({ 'club.yaml': club, 'p.yaml': promotion('club-staging', 'acme-production') })).toEqual([
      'error PL1092',
    ]);
    const stopped = environment('acme-staging', 'state: stopped', 'staging');
    expect(codes({ 's.yaml': stopped, 'p.yaml': promotion('acme-production', 'acme-staging') })).toEqual([
      'warning PL1092',
    ]);
  });

  test('quarantine no environment', () => {
    const { fleet } = load(fleetWith({ 'p.yaml': promotion('acme-production', 'acme-production') }));
    expect([...(fleet?.environments.keys() ?? [])]).toEqual(['acme-production']);
    expect([...(fleet?.promotions.keys() ?? [])]).toEqual([]);
  });
});

describe('restores', () => {
  const restore = (time: string) => ({
    'r.yaml': manifest('Restore', 'undo', `environment: acme-production, from: { time: ${time} }`),
  });
  const now = Date.UTC(2026, 10, 20, 12);

  test.each([
    ['2026-11-20T11:59:00Z', []],
    ['2026-11-20T12:00:30Z', []],
    ['2026-11-20T12:02:00Z', ['error PL1093']],
    ['2026-11-20T13:30:00+02:00', []],
    ['2026-11-20T13:30:00+01:00', ['error PL1093']],
    ['2027-01-01T00:00:00Z', ['error PL1093']],
    ['yesterday', []],
  ])('of %s at noon of 2026-11-20 in UTC', (time, expected) => {
    expect(codes(restore(time), { now })).toEqual(expected);
  });

  test('are not checked without a clock', () => {
    expect(codes(restore('2999-01-01T00:00:00Z'))).toEqual([]);
  });
});

describe('backups', () => {
  const request = { 'b.yaml': manifest('Backup', 'now', 'environment: acme-production') };
  const nightly = policy('schedule: { cron: "0 1 * * *", timezone: UTC }');
  const production = (spec: string) => ({
    'environments/production.yaml': environment('acme-production', spec),
  });
  const siteWith = (defaults: string) => ({
    'sites/acme.yaml': manifest(
      'Site',
      'acme',
      `title: Acme, adminEmail: web@acme.example, defaults: { wordpress: { version: 7.1.1 }, ${defaults} }`,
    ),
  });

  test('need a policy, from the environment or its site', () => {
    expect(codes(request)).toEqual(['error PL1094']);
    expect(codes({ ...request, ...nightly, ...production('backups: { policy: nightly }') })).toEqual([]);
    expect(
      codes({ ...request, ...nightly, ...siteWith('backups: { policy: nightly }'), ...production('') }),
    ).toEqual([]);
  });

  test('have none when the environment disables that of its site', () => {
    const off = production('backups: { policy: false }');
    expect(codes({ ...request, ...nightly, ...siteWith('backups: { policy: nightly }'), ...off })).toEqual([
      'error PL1094',
    ]);
  });

  test('give no finding about an environment that does not exist', () => {
    expect(codes({ 'b.yaml': manifest('Backup', 'now', 'environment: nowhere') })).toEqual([]);
  });

  test('before a deletion need a policy as well', () => {
    expect(codes(production('deletionPolicy: backup-then-delete'))).toEqual(['warning PL1094']);
    expect(
      codes({
        ...nightly,
        ...production('deletionPolicy: backup-then-delete, backups: { policy: nightly }'),
      }),
    ).toEqual([]);
  });
});
