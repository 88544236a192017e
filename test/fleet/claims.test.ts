import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { EnvironmentName, NodeName } from '../../src/fleet/brand.ts';
import { appliedClaims, claimKey, claimsOf, contestedClaims } from '../../src/fleet/claims.ts';
import { environmentTask } from '../../src/fleet/environment-task.ts';
import {
  environmentNames,
  ownerLabels,
  previewHost,
  resourceLabel,
  serverName,
  uidOf,
} from '../../src/fleet/naming.ts';
import { reservedEnvironmentNames } from '../../src/fleet/reserved-names.ts';
import { desiredEnvironment, environmentRef, nodeRef } from '../support/fleet-builders.ts';

const letter = fc.constantFrom(...'abcxz019');
const inner = fc.constantFrom(...'ab-x0');
/** Names near the limits: 28 characters is the longest that is not cut. */
const anyName = fc
  .oneof(
    fc.tuple(letter, fc.string({ unit: inner, maxLength: 61 }), letter),
    fc.tuple(letter, fc.string({ unit: inner, minLength: 25, maxLength: 28 }), letter),
  )
  .map((parts) => parts.join('') as EnvironmentName);

const valuesOf = (name: EnvironmentName) => Object.values(environmentNames(name));

describe('names on the node', () => {
  test('are the plain ones as long as a node takes them, as they always were', () => {
    expect(environmentNames('acme-production' as EnvironmentName)).toEqual({
      unixUser: 'pl-acme-production',
      database: 'pl_acme_production',
      databaseUser: 'pl_acme_production',
      redisUser: 'pl-acme-production',
      redisPrefix: 'pl-acme-production:',
    });
    const longest = 'a'.repeat(28) as EnvironmentName;
    expect(environmentNames(longest).unixUser).toBe(`pl-${longest}`);
  });

  test('of a longer one are cut and have a hash', () => {
    const name = 'acme-international-shop-production-europe-central-frankfurt1' as EnvironmentName;
    expect(environmentNames(name).unixUser).toMatch(/^plx-acme-inter-[a-z2-7]{16}$/);
    expect(environmentNames(name).database).toMatch(/^plx_acme_inter_[a-z2-7]{16}$/);
  });

  test('are within the limits of a node, for any environment', () => {
    fc.assert(
      fc.property(anyName, (name) => {
        const { unixUser, database, redisPrefix } = environmentNames(name);
        expect(unixUser).toMatch(/^[a-z_][a-z0-9_-]{0,30}$/);
        expect(database).toMatch(/^[A-Za-z0-9_]+$/);
        expect(database.replaceAll('_', '\\_').length).toBeLessThanOrEqual(64);
        expect(redisPrefix).toMatch(/^[A-Za-z0-9_:.-]{1,80}$/);
      }),
    );
  });

  test('differ for any two environments', () => {
    fc.assert(
      fc.property(anyName, anyName, (one, other) => {
        fc.pre(one !== other);
        const [first, second] = [environmentNames(one), environmentNames(other)];
        for (const kind of Object.keys(first) as (keyof typeof first)[])
          expect(first[kind]).not.toBe(second[kind]);
      }),
      { numRuns: 500 },
    );
  });

  test('of a long environment cannot be had by naming another one like them', () => {
    fc.assert(
      fc.property(anyName, fc.nat({ max: 4 }), (long, at) => {
        const wanted = valuesOf(long)[at] ?? '';
        // Every name that could be written to get it.
        for (const prefix of ['pl-', 'pl_', 'plx-', 'plx_', '']) {
          const written = wanted
            .replace(/:$/, '')
            .replace(prefix, '')
            .replaceAll('_', '-') as EnvironmentName;
          if (written !== long && written !== '') expect(valuesOf(written)).not.toContain(wanted);
        }
      }),
      { numRuns: 500 },
    );
  });
});

test('preview hosts differ for any two environments, wherever they are, and are host names', () => {
  const address = fc.constantFrom('203.0.113.5', '255.255.255.255', '1.2.3.4');
  fc.assert(
    fc.property(anyName, anyName, address, address, (one, other, here, there) => {
      fc.pre(one !== other);
      const host = previewHost(one, here, 'sslip.io');
      expect(host).not.toBe(previewHost(other, there, 'sslip.io'));
      expect(host.split('.').every((label) => label.length <= 63)).toBe(true);
    }),
  );
});

test('servers and their labels have names that a provider takes, however long the name of the node is', () => {
  fc.assert(
    fc.property(anyName, fc.constantFrom('a', 'f'.repeat(24)), (name, fleet) => {
      const node = name as string as NodeName;
      expect(serverName(fleet, node)).toMatch(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/);
      const label = ownerLabels(fleet, nodeRef(name), uidOf(fleet, nodeRef(name)))[resourceLabel];
      // https://docs.hetzner.cloud/reference/cloud#labels
      expect(label).toMatch(/^[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?$/);
    }),
  );
  const cutAtDash = `${'n'.repeat(57)}-${'n'.repeat(5)}`;
  expect(ownerLabels('f', nodeRef(cutAtDash), uidOf('f', nodeRef(cutAtDash)))[resourceLabel]).toBe(
    `node.${'n'.repeat(57)}`,
  );
});

test('reserved names are names that could be written, each with a reason', () => {
  for (const [name, reason] of Object.entries(reservedEnvironmentNames)) {
    expect(name).toMatch(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/);
    expect(reason).toMatch(/^(it is|its|nginx)/);
  }
});

describe('claims', () => {
  const base = desiredEnvironment('shop');
  const shop = {
    ...base,
    domains: {
      primary: 'shop.example',
      aliases: ['www.shop.example'],
      redirects: [
        { from: 'old.example', to: 'https://shop.example/', status: 301 as const },
        { from: '/a', to: '/b', status: 301 as const },
      ],
    },
  };

  test('of an environment are its preview host, its domains, redirected hosts and names on the node', () => {
    expect(claimsOf(shop, '203.0.113.5', 'sslip.io').map(claimKey)).toEqual([
      'host:shop.203-0-113-5.sslip.io',
      'host:shop.example',
      'host:www.shop.example',
      'host:old.example',
      'unix-user:pl-shop',
      'database:pl_shop',
      'database-user:pl_shop',
      'cache-user:pl-shop',
      'cache-prefix:pl-shop:',
    ]);
  });

  test('of what is applied are those of its manifest', () => {
    const task = environmentTask(shop, '203.0.113.5', 'sslip.io');
    expect(appliedClaims(task)).toEqual(claimsOf(shop, '203.0.113.5', 'sslip.io'));
  });

  test('are read from whatever a node says is applied', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom('hosts', 'unix_user', 'database'), fc.jsonValue()),
        (task) => {
          for (const { name } of appliedClaims(task)) expect(typeof name).toBe('string');
        },
      ),
    );
  });

  const host = (name: string, origin: 'derived' | 'written' = 'written') =>
    [{ kind: 'host', name, origin }] as const;
  const [a, b, c] = ['a', 'b', 'c'].map(environmentRef);

  test.each([
    [
      'the only one that has it applied',
      [
        [a, host('x')],
        [b, host('x')],
      ],
      [a],
      a,
    ],
    [
      'nobody while none has it applied',
      [
        [a, host('x')],
        [b, host('x')],
      ],
      [],
      null,
    ],
    [
      'nobody while both have it applied',
      [
        [a, host('x')],
        [b, host('x')],
      ],
      [a, b],
      null,
    ],
    [
      'the one whose name it is by derivation',
      [
        [a, host('x', 'derived')],
        [b, host('x')],
      ],
      [b],
      a,
    ],
    [
      'the one that had it, of three',
      [
        [a, host('x')],
        [b, host('x')],
        [c, host('x')],
      ],
      [c],
      c,
    ],
  ] as const)('to one name: it belongs to %s', (_, claimed, applied, holder) => {
    const found = contestedClaims<unknown>(claimed, (owner) =>
      (applied as readonly unknown[]).includes(owner),
    );
    expect(found).toEqual([
      { claim: host('x', claimed[0][1][0].origin)[0], claimants: claimed.map(([owner]) => owner), holder },
    ]);
  });

  test('to different names, or of one owner, are not contested', () => {
    const claimed = [
      [a, [...host('x'), ...host('x')]],
      [b, host('y')],
    ] as const;
    expect(contestedClaims(claimed, () => true)).toEqual([]);
  });
});
