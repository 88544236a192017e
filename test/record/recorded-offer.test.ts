import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ServerType } from '../../src/fleet/observed.ts';
import { lastingOffer, readOffer, recordedOffer } from '../../src/record/recorded-offer.ts';

const asOf = '2026-02-03T04:05:06Z';
const name = fc.stringMatching(/^[a-z0-9][a-z0-9.-]{0,20}$/);
const anyTypes: fc.Arbitrary<readonly ServerType[]> = fc.uniqueArray(
  fc.record({
    name,
    cores: fc.integer({ min: 1, max: 512 }),
    memoryMib: fc.integer({ min: 1, max: 4_194_304 }),
    diskGib: fc.integer({ min: 1, max: 100_000 }),
    architecture: fc.constantFrom('x86' as const, 'arm' as const),
    locations: fc.uniqueArray(
      fc.record({
        location: name,
        available: fc.boolean(),
        unavailableAfter: fc.constantFrom(null, '2026-01-01T00:00:00Z', '2030-12-31T23:59:59.999Z'),
      }),
      { selector: ({ location }) => location, maxLength: 8 },
    ),
  }),
  { selector: (type) => type.name, maxLength: 12 },
);

const cx23: ServerType = {
  name: 'cx23',
  cores: 2,
  memoryMib: 4096,
  diskGib: 40,
  architecture: 'x86',
  locations: [
    { location: 'fsn1', available: true, unavailableAfter: null },
    { location: 'nbg1', available: false, unavailableAfter: null },
    { location: 'hel1', available: true, unavailableAfter: '2026-01-01T00:00:00Z' },
    { location: 'ash', available: false, unavailableAfter: '2026-01-01T00:00:00Z' },
  ],
};

test('a type is a mapping that a person can read', () => {
  expect(recordedOffer([cx23], asOf)).toEqual({
    asOf,
    types: {
      cx23: {
        architecture: 'x86',
        cores: 2,
        memoryMib: 4096,
        diskGib: 40,
        locations: ['fsn1', 'nbg1', 'hel1', 'ash'],
        soldOut: ['nbg1', 'ash'],
        until: { hel1: '2026-01-01T00:00:00Z', ash: '2026-01-01T00:00:00Z' },
      },
    },
  });
});

test('the lines of earlier versions are no types, until the next pass records them', () => {
  expect(readOffer({ asOf, types: { cx23: 'x86, 2 cores, 4096 MiB, 40 GiB, fsn1' } })?.serverTypes).toEqual(
    [],
  );
});

test('recorded types are read as they were written', () => {
  fc.assert(
    fc.property(anyTypes, (types) => {
      const read = readOffer(JSON.parse(JSON.stringify(recordedOffer(types, asOf))));
      const byName = [...types].sort((a, b) => (a.name < b.name ? -1 : 1));
      expect(read?.serverTypes.toSorted((a, b) => (a.name < b.name ? -1 : 1))).toEqual(byName);
      expect(read?.asOfMs).toBe(Date.parse(asOf));
    }),
  );
});

test('only availability and the time of the request are ignored', () => {
  fc.assert(
    fc.property(anyTypes, fc.infiniteStream(fc.boolean()), (types, flips) => {
      const flipped = types.map((type) => ({
        ...type,
        locations: type.locations.map((place) => ({ ...place, available: flips.next().value })),
      }));
      const later = recordedOffer(flipped, '2027-01-01T00:00:00Z');
      expect(lastingOffer(later)).toEqual(lastingOffer(recordedOffer(types, asOf)));
      const resized = types.map((type) => ({ ...type, memoryMib: type.memoryMib + 1 }));
      const same = types.length === 0;
      const lasting = JSON.stringify(lastingOffer(recordedOffer(resized, asOf)));
      expect(lasting === JSON.stringify(lastingOffer(recordedOffer(types, asOf)))).toBe(same);
    }),
  );
});

test('a record that somebody wrote by hand gives types or nothing, never an exception', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.jsonValue(), fc.record({ asOf: fc.jsonValue(), types: fc.jsonValue() })),
      (value) => {
        const read = readOffer(value);
        lastingOffer(value);
        for (const type of read?.serverTypes ?? []) expect(type.memoryMib).toBeGreaterThanOrEqual(0);
      },
    ),
  );
  const size = { architecture: 'x86', cores: 2, memoryMib: 4096, diskGib: 40 };
  const types = {
    cx23: { ...size, locations: ['fsn1', '\u001b[31m', 7], soldOut: 'fsn1', until: { fsn1: '\u001b[31m' } },
    'a b': { ...size, locations: [] },
    cx33: 7,
    cx43: { ...size, cores: -1 },
    cx53: { ...size, memoryMib: '4096' },
  };
  expect(readOffer({ types })?.serverTypes).toEqual([
    { ...cx23, locations: [{ location: 'fsn1', available: true, unavailableAfter: null }] },
  ]);
});
