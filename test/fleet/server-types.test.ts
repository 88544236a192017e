import { describe, expect, test } from 'vitest';
import { alternativesTo, findServerType, isSold } from '../../src/fleet/server-types.ts';
import { serverTypes as labTypes } from '../../src/lab/cloud/catalogue.ts';
import { hetzner } from '../../src/manifest/kinds/provider/types/hetzner.ts';

const { serverTypes } = hetzner.offers;

describe('the list of server types', () => {
  test('has every name once', () => {
    const names = serverTypes.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  test('agrees with the catalogue of the lab about every size', () => {
    for (const { name, cores, memoryGib, diskGib, architecture } of labTypes) {
      expect(findServerType(hetzner.offers, name)).toMatchObject({
        name,
        cores,
        memoryMib: memoryGib * 1024,
        diskGib,
        architecture,
      });
    }
  });

  test('says where a type can still be ordered', () => {
    const sold = (name: string, location: string) => {
      const type = findServerType(hetzner.offers, name);
      return type !== undefined && isSold(type, location);
    };
    expect(sold('cx23', 'fsn1')).toBe(true);
    expect(sold('cx22', 'fsn1')).toBe(false);
    expect(sold('cpx21', 'nbg1')).toBe(false);
    expect(sold('cpx21', 'ash')).toBe(true);
  });
});

describe('the alternatives to a server type', () => {
  const sold = serverTypes.filter((type) => isSold(type, 'fsn1'));
  const names = (name: string) => {
    const type = findServerType(hetzner.offers, name);
    return type === undefined ? [] : alternativesTo(type, sold).map((each) => each.name);
  };

  test.each([
    ['cx22', ['cx23', 'cpx22', 'cx33']],
    ['cpx31', ['cpx32', 'cx33', 'cpx42']],
    ['cax11', ['cax21', 'cax31', 'cax41']],
    ['ccx63', []],
  ])('to %s are %j', (name, expected) => {
    expect(names(name)).toEqual(expected);
  });

  test('are never smaller and never of another architecture', () => {
    for (const type of serverTypes) {
      for (const other of alternativesTo(type, sold)) {
        expect(other.memoryMib).toBeGreaterThanOrEqual(type.memoryMib);
        expect(other.cores).toBeGreaterThanOrEqual(type.cores);
        expect(other.architecture).toBe(type.architecture);
      }
    }
  });
});
