import { expect, test } from 'vitest';
import type { DesiredResources } from '../../src/fleet/desired.ts';
import { resourceKinds } from '../../src/fleet/resource.ts';
import { manifestKinds } from '../../src/manifest/kinds/index.ts';
import { fleetWith, load } from './fleet-fixture.ts';

const collections = Object.keys({
  providers: true,
  nodes: true,
  sites: true,
  environments: true,
  backupRepositories: true,
  backupPolicies: true,
  backups: true,
  restores: true,
  promotions: true,
} satisfies Record<keyof DesiredResources, true>);

test('every kind is in the registry, and its schema names it', () => {
  expect(Object.keys(manifestKinds).sort()).toEqual(resourceKinds.toSorted());
  for (const kind of resourceKinds) {
    expect(manifestKinds[kind].schema, kind).toMatchObject({ properties: { kind: { const: kind } } });
  }
});

test('every collection of the fleet is filled by exactly one kind', () => {
  const filled = Object.values(manifestKinds).flatMap(({ resolution }) => resolution?.collection ?? []);
  expect(filled.sort()).toEqual(collections.toSorted());
});

test('a fleet without resources of a kind has an empty collection of them', () => {
  const { fleet } = load(fleetWith({ 'environments/production.yaml': null }));
  for (const name of collections) {
    expect(fleet?.[name as keyof DesiredResources], name).toBeInstanceOf(Map);
  }
});

test('references name kinds that come earlier in the registry, except for clones of the same kind', () => {
  const order = Object.keys(manifestKinds);
  for (const [kind, { references }] of Object.entries(manifestKinds)) {
    for (const { field, target } of references) {
      expect(order.indexOf(target), `${kind}.${field}`).toBeLessThanOrEqual(order.indexOf(kind));
    }
  }
});
