import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ServerType } from '../../src/fleet/observed.ts';
import { diagnosticCodes } from '../../src/manifest/diagnostics/catalogue.ts';
import { isError } from '../../src/manifest/index.ts';
import { fleetWith, load } from './fleet-fixture.ts';
import { codes, documents, environment, findings, manifest } from './semantic-fixture.ts';

const node = (serverType: string, more = '') => ({
  'nodes/web-1.yaml': manifest('Node', 'web-1', `provider: hetzner, serverType: ${serverType}${more}`),
});
const many = (count: number, spec = '') =>
  Object.fromEntries(
    Array.from({ length: count }, (_, i) => [`environments/n${i}.yaml`, environment(`acme-n${i}`, spec)]),
  );

describe('the memory of a node', () => {
  test('is enough for a few environments with the defaults', () => {
    expect(codes({ ...node('cx23'), ...many(4) })).toEqual([]);
  });

  test('that is too little for all workers gives a warning with the sum and a sufficient type', () => {
    expect(findings({ ...node('cx23'), ...many(6) })).toEqual([
      'warning PL1070 web-1 (cx23, 4096 MiB): system 384 + MariaDB 1357 + object caches 448 + PHP 8.2 406 + 7 environments: acme-production 5×97=485, acme-n0 5×55=275, acme-n1 5×55=275, acme-n2 5×55=275, 3 more=825 = 4730 MiB, 116 % of its memory when all PHP workers are busy',
    ]);
    expect(codes({ ...node('cx33'), ...many(6) })).toEqual([]);
  });

  test('is computed from the defaults of the site and the overrides of environments', () => {
    const site = (pool: string) => ({
      'sites/acme.yaml': manifest(
        'Site',
        'acme',
        `title: Acme, adminEmail: web@acme.example, defaults: { wordpress: { version: 7.1.1 }, php: { pool: ${pool} } }`,
      ),
    });
    expect(codes({ ...node('cx23'), ...site('{ maxChildren: 50 }') })).toEqual(['warning PL1070']);
    expect(
      codes({
        ...node('cx23'),
        ...site('{ maxChildren: 50 }'),
        'environments/production.yaml': environment('acme-production', 'php: { pool: { maxChildren: 2 } }'),
      }),
    ).toEqual([]);
  });

  test('is not used by stopped environments', () => {
    expect(codes({ ...node('cx23'), ...many(20, 'state: stopped') })).toEqual([]);
  });

  test('that is too little for the workers without visitors is an error', () => {
    const pool = 'php: { pool: { pm: static, maxChildren: 400 } }';
    expect(findings({ ...node('cx23'), ...many(1, pool) })[0]).toMatch(
      /^error PL1071 web-1 \(cx23, 4096 MiB\) cannot start .* 5312 MiB without any visitor, of 4096 MiB and 1024 MiB swap$/,
    );
    expect(codes({ ...node('cx23', ', swap: 8GiB'), ...many(1, pool) })).toEqual(['warning PL1070']);
    expect(
      codes({ ...node('cx23'), ...many(1, 'php: { pool: { pm: ondemand, maxChildren: 400 } }') }),
    ).toEqual(['warning PL1070']);
  });

  test('is never guessed for an unknown type or a static node', () => {
    expect(codes({ ...node('zx99'), ...many(50) })).toEqual(['warning PL1072']);
    expect(codes({ ...staticNode, ...many(50) })).toEqual([]);
  });

  test('from a probe takes precedence', () => {
    const nodeMemoryMib = new Map([['web-1', 2048]]);
    expect(findings({ ...staticNode, ...many(2) }, { nodeMemoryMib })[0]).toMatch(
      /^warning PL1070 web-1 \(2048 MiB\): system 384 \+ /,
    );
    expect(codes({ ...node('cx23'), ...many(50) }, { nodeMemoryMib: new Map([['web-1', 131_072]]) })).toEqual(
      [],
    );
  });

  test('that was observed quarantines nothing, however small it is', () => {
    const files = { ...node('zx99'), ...many(1, 'php: { pool: { pm: static, maxChildren: 400 } }') };
    const facts = fc.record({
      serverTypes: fc.constantFrom(
        new Map([['hetzner', [offered('zx99', 1, [['fsn1', true]])]]]),
        new Map([['hetzner', [offered('zx99', 4, [['fsn1', false]])]]]),
        new Map([['hetzner', [offered('cx23', 4, [['hel1', true]])]]]),
        new Map([['hetzner', []]]),
      ),
      nodeMemoryMib: fc.constantFrom(new Map([['web-1', 512]]), new Map<string, number>()),
    });
    const small = { serverTypes: new Map([['hetzner', [offered('zx99', 1, [['fsn1', true]])]]]) };
    expect(codes(files, small)).toEqual(['warning PL1071']);
    const without = load(fleetWith(files));
    fc.assert(
      fc.property(facts, (known) => {
        const loaded = load(fleetWith(files), known);
        expect(loaded.diagnostics.filter(isError)).toEqual(without.diagnostics.filter(isError));
        expect(loaded.fleet?.quarantine).toEqual(without.fleet?.quarantine);
      }),
      { numRuns: 20 },
    );
  });

  test('from the provider takes precedence over the built-in list', () => {
    const serverTypes = new Map([['hetzner', [offered('cx23', 64, [['fsn1', true]])]]]);
    expect(codes({ ...node('cx23'), ...many(20) }, { serverTypes })).toEqual([]);
  });

  test('is checked for values of any type', () => {
    expect(
      codes({
        ...node('cx23'),
        ...many(1, 'php: { memoryLimit: [], pool: { maxChildren: many, pm: 7 } }, cache: 5, state: {}'),
      }),
    ).toEqual([]);
  });
});

const staticNode = {
  'nodes/web-1.yaml': documents(
    manifest('Provider', 'own', 'type: static'),
    manifest(
      'Node',
      'web-1',
      'provider: own, address: 198.51.100.20, hostKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ4bVQ3fZoQ0Y0Cq3n7sFZr0q0m8v0m1b3i1dVhQ0rXk',
    ),
  ),
};

function offered(
  name: string,
  memoryGib: number,
  places: readonly (readonly [string, boolean, string?])[],
): ServerType {
  const locations = places.map(([location, available, unavailableAfter = null]) => ({
    location,
    available,
    unavailableAfter,
  }));
  return { name, cores: 2, memoryMib: memoryGib * 1024, diskGib: 40, architecture: 'x86', locations };
}

describe('a server type', () => {
  test.each([
    ['cx23', []],
    ['cpx21, location: ash', []],
    ['cpx21', ['warning PL1073']],
    ['cx22', ['warning PL1073']],
    ['cx11', ['warning PL1073']],
    ['cx99', ['warning PL1072']],
    ['7', []],
  ])('%s gives %j where no provider was asked', (type, expected) => {
    expect(codes(node(type)).filter((code) => !code.endsWith(diagnosticCodes.memoryTooSmall))).toEqual(
      expected,
    );
  });

  test('is checked in the location of its provider when the node names none', () => {
    const provider = {
      'providers/hetzner.yaml': manifest(
        'Provider',
        'hetzner',
        'type: hetzner, token: { env: HCLOUD_TOKEN }, location: ash',
      ),
    };
    expect(codes({ ...provider, ...node('cpx21') })).toEqual([]);
    expect(codes({ ...provider, ...node('cpx21', ', location: fsn1') })).toEqual(['warning PL1073']);
  });

  describe('with an answer of the provider', () => {
    const ask = (name: string, ...types: readonly ServerType[]) =>
      findings(node(name), { serverTypes: new Map([['hetzner', types]]) });

    test('gives no finding when it can be ordered, although it is not in the built-in list', () => {
      expect(ask('cx99', offered('cx99', 4, [['fsn1', true]]))).toEqual([]);
    });

    test('is sold out in one location, and the message names others', () => {
      const type = offered('cx23', 4, [
        ['fsn1', false],
        ['hel1', true],
      ]);
      expect(ask('cx23', type)).toEqual([
        'warning PL1074 the server type cx23 is sold out in fsn1; it is available in hel1: a new server cannot be created there now',
      ]);
    });

    test('is not offered in a location that is not in its list', () => {
      expect(ask('cx23', offered('cx23', 4, [['ash', true]]))[0]).toContain('is not offered in fsn1');
    });

    test('is deprecated with the day from which it cannot be ordered', () => {
      const type = offered('cx23', 4, [['fsn1', true, '2027-03-01T00:00:00Z']]);
      expect(ask('cx23', type)).toEqual([
        'warning PL1073 the server type cx23 is deprecated in fsn1: it cannot be ordered after 2027-03-01; an existing one keeps running',
      ]);
    });

    test('is reported as removed when the provider no longer has it, and as unknown when it never had', () => {
      const other = offered('cx23', 4, [['fsn1', true]]);
      expect(ask('cx22', other)[0]).toContain('PL1073 the provider no longer has the server type cx22');
      expect(ask('cx32x', other)[0]).toContain(
        'PL1072 there is no server type "cx32x": the provider has no type',
      );
    });
  });
});

describe('a location', () => {
  test.each([
    ['nbg1', []],
    ['sin', []],
    ['fns1', ['warning PL1075']],
    ['eu-central-1', ['warning PL1075']],
  ])('%s of a node gives %j', (location, expected) => {
    expect(codes(node('cx23', `, location: ${location}`))).toEqual(expected);
  });

  test('that only the provider knows is valid', () => {
    const serverTypes = new Map([['hetzner', [offered('cx23', 4, [['hel2', true]])]]]);
    expect(codes(node('cx23', ', location: hel2'), { serverTypes })).toEqual([]);
  });

  test('of a provider is checked once for all its nodes', () => {
    const provider = manifest(
      'Provider',
      'hetzner',
      'type: hetzner, token: { env: HCLOUD_TOKEN }, location: fns1',
    );
    expect(codes({ 'providers/hetzner.yaml': provider })).toEqual(['warning PL1075']);
  });
});
