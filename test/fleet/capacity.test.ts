import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { tuning } from '../../src/actions/node-provision.ts';
import {
  describeDemand,
  type EnvironmentDemand,
  fitsInto,
  nodeDemand,
  serviceMemory,
  workerMib,
} from '../../src/fleet/capacity.ts';

const environment = (changes: Partial<EnvironmentDemand> = {}): EnvironmentDemand => ({
  name: 'acme',
  running: true,
  phpVersion: '8.2',
  memoryLimitMib: 256,
  pm: 'ondemand',
  maxChildren: 5,
  cacheMib: 64,
  ...changes,
});

describe('the memory demand of a node', () => {
  test('is the sum of its lines', () => {
    const demand = nodeDemand(4096, [
      environment({ maxChildren: 8, memoryLimitMib: 384 }),
      environment({ name: 'blog' }),
    ]);
    expect(describeDemand(demand)).toBe(
      'system 384 + MariaDB 1357 + object caches 128 + PHP 8.2 116 + 2 environments: acme 8×76=608, blog 5×55=275 = 2868 MiB',
    );
    expect(demand.busyMib).toBe(384 + 1357 + 128 + 116 + 608 + 275);
  });

  test('omits object caches if no environment has one', () => {
    const demand = nodeDemand(4096, [environment({ cacheMib: 0 })]);
    expect(demand.services.map(({ label }) => label)).toEqual(['system', 'MariaDB', 'PHP 8.2']);
  });

  test('counts neither workers nor the cache of a stopped environment', () => {
    const demand = nodeDemand(4096, [environment({ running: false })]);
    expect(describeDemand(demand)).toBe('system 384 + MariaDB 1357 = 1741 MiB');
  });

  test('counts a master with its code cache for each environment, by version of PHP', () => {
    const many = Array.from({ length: 30 }, (_, i) => environment({ name: `site-${i}` }));
    const { services } = nodeDemand(32_768, [...many, environment({ phpVersion: '8.4' })]);
    expect(services.slice(3)).toEqual([
      { label: 'PHP 8.2', mib: 1740 },
      { label: 'PHP 8.4', mib: 58 },
    ]);
  });

  test('names the largest pools, and sums up the others', () => {
    const many = Array.from({ length: 7 }, (_, i) => environment({ name: `s${i}`, maxChildren: i + 1 }));
    expect(describeDemand(nodeDemand(4096, many), 2)).toContain(
      '7 environments: s6 7×55=385, s5 6×55=330, 5 more=825 = ',
    );
  });

  test('without visitors includes all workers of static pools, and one worker of a dynamic one', () => {
    const idle = (pm: EnvironmentDemand['pm']) =>
      nodeDemand(4096, [environment({ pm, maxChildren: 10 })]).idleMib - nodeDemand(4096, []).idleMib;
    expect([idle('ondemand'), idle('dynamic'), idle('static')]).toEqual([0, 12, 120]);
  });
});

test('the services are counted as they are provisioned', () => {
  expect(tuning(7900)).toEqual({ innodb_buffer_pool_mib: serviceMemory(7900).innodbBufferPoolMib });
  expect(serviceMemory(512)).toEqual({ innodbBufferPoolMib: 154 });
  expect(serviceMemory(100)).toEqual({ innodbBufferPoolMib: 64 });
  expect(serviceMemory(196_608)).toEqual({ innodbBufferPoolMib: 16_384 });
});

test.each([
  [64, 23],
  [128, 33],
  [256, 55],
  [512, 97],
])('a worker with a limit of %i MiB typically takes %i MiB', (limit, mib) => {
  expect(workerMib(limit)).toBe(mib);
});

const anyEnvironment = fc.record({
  name: fc.string({ minLength: 1, maxLength: 8 }),
  running: fc.boolean(),
  phpVersion: fc.constantFrom('8.2', '8.4'),
  memoryLimitMib: fc.integer({ min: 16, max: 2048 }),
  pm: fc.constantFrom('static' as const, 'dynamic' as const, 'ondemand' as const),
  maxChildren: fc.integer({ min: 1, max: 50 }),
  cacheMib: fc.constantFrom(0, 64, 1024),
});

test('it fits another size exactly when the sum for that size does', () => {
  fc.assert(
    fc.property(
      fc.array(anyEnvironment, { maxLength: 20 }),
      fc.integer({ min: 512, max: 65_536 }),
      (all, memory) => {
        const elsewhere = nodeDemand(4096, all);
        expect(fitsInto(memory, elsewhere)).toBe(nodeDemand(memory, all).busyMib <= memory);
      },
    ),
  );
});

test('memory use without visitors is never more than with them', () => {
  fc.assert(
    fc.property(fc.array(anyEnvironment, { maxLength: 20 }), (all) => {
      const { idleMib, busyMib } = nodeDemand(4096, all);
      expect(idleMib).toBeLessThanOrEqual(busyMib);
    }),
  );
});
