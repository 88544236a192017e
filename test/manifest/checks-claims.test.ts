import { describe, expect, test } from 'vitest';
import type { EnvironmentName, ResourceRef } from '../../src/fleet/brand.ts';
import { reservedEnvironmentNames } from '../../src/fleet/reserved-names.ts';
import type { LoadOptions } from '../../src/manifest/index.ts';
import { fleetWith, load } from './fleet-fixture.ts';
import { configWith, documents, environment } from './semantic-fixture.ts';

/** Errors by file. */
function errors(files: Readonly<Record<string, string>>, options: LoadOptions = {}): string[] {
  return load(fleetWith(files), options)
    .diagnostics.filter(({ severity }) => severity === 'error')
    .map(({ file, code, message }) => `${file} ${code} ${message}`);
}

const claim = (spec: string) => ({ 'thief.yaml': environment('thief', `domains: { ${spec} }`) });

describe('preview hosts', () => {
  test.each([
    ['that of an existing environment', 'acme-production.203-0-113-5.sslip.io'],
    ['that of one that does not exist yet', 'later.203-0-113-5.sslip.io'],
    ['at an address that no node has yet', 'acme-production.198-51-100-77.sslip.io'],
    ['a name below one', 'login.acme-production.203-0-113-5.sslip.io'],
    ['the parent of all on a node', '203-0-113-5.sslip.io'],
    ['the parent of all', 'sslip.io'],
  ])('of others cannot be claimed: %s', (_, domain) => {
    for (const spec of [
      `primary: ${domain}`,
      `primary: thief.shop, aliases: [${domain}]`,
      `redirects: [{ from: ${domain}, to: "https://thief.shop/" }]`,
    ]) {
      expect(errors(claim(spec))).toEqual([expect.stringMatching(/^thief.yaml PL1140 /)]);
    }
  });

  test.each([
    ['its own', 'thief.203-0-113-5.sslip.io'],
    ['one that only ends alike', 'acme-production.203-0-113-5.notsslip.io'],
    ['an address with dots, which no preview host has', 'acme.203.0.113.5.sslip.io'],
    ['another domain with an address in it', 'acme-production.203-0-113-5.example.org'],
  ])('do not reserve %s', (_, domain) => {
    expect(errors(claim(`primary: ${domain}`))).toEqual([]);
  });

  test('are below the preview domain of the fleet', () => {
    const config = { 'pressluft.yaml': configWith('previewDomain: preview.agency.shop') };
    const own = claim('primary: acme-production.203-0-113-5.preview.agency.shop');
    expect(errors({ ...config, ...own })).toHaveLength(1);
    expect(errors({ ...config, ...claim('primary: www.agency.shop') })).toEqual([]);
    expect(errors({ ...config, ...claim('primary: acme-production.203-0-113-5.sslip.io') })).toEqual([]);
  });

  test('leave the environment that they belong to alone', () => {
    const files = claim('primary: acme-production.203-0-113-5.sslip.io');
    const { fleet } = load(fleetWith(files));
    expect([...(fleet?.environments.keys() ?? [])]).toEqual(['acme-production']);
    expect([...(fleet?.quarantine.resources.keys() ?? [])]).toEqual(['environment/thief']);
  });
});

describe('a domain that two environments claim', () => {
  const files = claim('primary: thief.shop, aliases: [www.acme.example]');
  const holders = (ref: string) => ({ domainHolders: new Map([['www.acme.example', ref as ResourceRef]]) });

  test('is an error of both, each with the place of the other', () => {
    expect(errors(files)).toEqual([
      'environments/production.yaml PL1052 the domain "www.acme.example" belongs to environment/thief too ("thief.yaml")',
      'thief.yaml PL1052 the domain "www.acme.example" belongs to environment/acme-production too ("environments/production.yaml")',
    ]);
  });

  test('is an error of the newcomer only, where it is recorded who has it applied', () => {
    expect(errors(files, holders('environment/acme-production'))).toEqual([
      'thief.yaml PL1052 the domain "www.acme.example" belongs to environment/acme-production, which has it applied ("environments/production.yaml")',
    ]);
  });

  test('is an error of both if a third one had it', () => {
    expect(errors(files, holders('environment/former'))).toHaveLength(2);
  });

  test('in one file does not quarantine its neighbours there', () => {
    const file = documents(
      environment('thief', 'domains: { primary: acme.example }'),
      environment('other', 'domains: { primary: other.shop }'),
    );
    const { fleet } = load(fleetWith({ 'both.yaml': file }));
    expect(fleet?.environments.has('other' as EnvironmentName)).toBe(true);
    expect(fleet?.quarantine.files.size).toBe(0);
  });
});

test.each(Object.keys(reservedEnvironmentNames))('an environment cannot be named %s', (name) => {
  expect(errors({ 'reserved.yaml': environment(name) })).toEqual([
    expect.stringContaining(`reserved.yaml PL1141 an environment cannot be named "${name}": `),
  ]);
});

test('an environment may have the longest name that a manifest can write', () => {
  expect(errors({ 'long.yaml': environment('e'.repeat(63)) })).toEqual([]);
});
