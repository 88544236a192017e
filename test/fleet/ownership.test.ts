import { describe, expect, test } from 'vitest';
import { type OwnershipRule, ownershipBy } from '../../src/fleet/ownership.ts';

const rule = (paths: string, rest: Partial<OwnershipRule> = {}): OwnershipRule => ({
  paths: [paths],
  level: 'site',
  sites: ['{site}'],
  kinds: ['Site', 'Environment'],
  ...rest,
});

function sitesAt(rules: readonly OwnershipRule[], path: string) {
  return ownershipBy(rules)(path)?.sites;
}

describe('ownership of paths', () => {
  test.each([
    ['sites/{site}/**', 'sites/acme/site.yaml', ['acme']],
    ['sites/{site}/**', 'sites/acme/deep/er/x.yaml', ['acme']],
    ['sites/{site}/**', 'sites/acme.yaml', undefined],
    ['sites/{site}/**', 'other/sites/acme/x.yaml', undefined],
    ['sites/{site}/**', 'sites/Acme/x.yaml', undefined],
    ['sites/{site}/**', 'sites/-acme/x.yaml', undefined],
    ['sites/{site}.yaml', 'sites/acme-shop.yaml', ['acme-shop']],
    ['sites/{site}.yaml', 'sites/acme/shop.yaml', undefined],
    ['sites/{site}/*.yaml', 'sites/acme/x.yaml', ['acme']],
    ['sites/{site}/*.yaml', 'sites/acme/deep/x.yaml', undefined],
    ['sites/{site}/**/x.yaml', 'sites/acme/x.yaml', ['acme']],
    ['sites/{site}/**', 'sites/acme/line\nbreak.yaml', ['acme']],
    ['a.b/{site}/**', 'aXb/acme/x.yaml', undefined],
  ])('%s and %j', (glob, path, sites) => {
    expect(sitesAt([rule(glob)], path)).toEqual(sites);
  });

  test('the last rule that matches counts, as in CODEOWNERS', () => {
    const rules = [
      rule('**', { sites: ['*'], level: 'fleet' }),
      rule('sites/{site}/**'),
      rule('sites/shared/**', { sites: ['acme'] }),
    ];
    expect(sitesAt(rules, 'nodes/web-1.yaml')).toBe('all');
    expect(sitesAt(rules, 'sites/acme/x.yaml')).toEqual(['acme']);
    expect(sitesAt(rules, 'sites/shared/x.yaml')).toEqual(['acme']);
  });

  test('the file with the rules is the fleet owner’s, whatever they say', () => {
    const rules = [rule('**', { sites: ['acme'] })];
    expect(ownershipBy(rules)('pressluft.yaml')).toMatchObject({ level: 'fleet', sites: 'all' });
  });

  test('named sites add to the one of the path', () => {
    expect(sitesAt([rule('sites/{site}/**', { sites: ['{site}', 'shared'] })], 'sites/acme/x.yaml')).toEqual([
      'shared',
      'acme',
    ]);
    expect(sitesAt([rule('sites/{site}/**', { sites: ['shared'] })], 'sites/acme/x.yaml')).toEqual([
      'shared',
    ]);
  });
});
