import { describe, expect, test } from 'vitest';
import { siteKinds } from '../../src/fleet/ownership.ts';
import { resourceKinds } from '../../src/fleet/resource.ts';
import { fieldLevels, kindLevels } from '../../src/manifest/schema/field-levels.ts';

describe('trust levels of fields', () => {
  test.each(resourceKinds)('every field of %s has a level', (kind) => {
    const fields = fieldLevels(kind);
    expect(fields.length).toBeGreaterThan(5);
    expect(fields.filter(({ level }) => level === undefined).map(({ path }) => path.join('.'))).toEqual([]);
  });

  test('no field of a kind of the fleet owner is left to others', () => {
    for (const kind of resourceKinds.filter((name) => kindLevels[name].level === 'fleet'))
      expect([kind, fieldLevels(kind).filter(({ level }) => level !== 'fleet')]).toEqual([kind, []]);
  });

  test('the kinds of site owners are those whose schemas say so', () => {
    expect(resourceKinds.filter((kind) => kindLevels[kind].level === 'site').toSorted()).toEqual(
      siteKinds.toSorted(),
    );
  });

  test('windows and freezes of the fleet are not ignored by owners of sites', () => {
    expect(kindLevels.Environment.fleetFields).toContainEqual([
      'metadata',
      'annotations',
      'pressluft.dev/ignore-windows',
    ]);
  });
});
