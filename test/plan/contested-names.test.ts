import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { NodeName, SiteName } from '../../src/fleet/brand.ts';
import type { DesiredEnvironment } from '../../src/fleet/desired.ts';
import type { ObservedFleet } from '../../src/fleet/observed.ts';
import type { Plan } from '../../src/fleet/plan.ts';
import { plan } from '../../src/plan/plan.ts';
import type { PlanInput } from '../../src/plan/plan-input.ts';
import { afterPlan, convergedFleet, planInput } from '../support/apply-plan.ts';
import {
  condition,
  desiredEnvironment,
  desiredFleet,
  environmentRef,
  hetznerNode,
  recordedFleet,
  statusDocument,
} from '../support/fleet-builders.ts';

const nodes = [hetznerNode('web-1'), hetznerNode('web-2')];

function serving(name: string, domains: Partial<DesiredEnvironment['domains']>, node = 'web-1') {
  const base = desiredEnvironment(name, { node: node as NodeName });
  return { ...base, domains: { primary: null, aliases: [], redirects: [], ...domains } };
}

function fleet(...environments: readonly DesiredEnvironment[]) {
  return desiredFleet({ nodes, environments });
}

/** Plans `after` where `before` is applied. */
function inputOf(before: readonly DesiredEnvironment[], after: readonly DesiredEnvironment[]): PlanInput {
  return planInput({ desired: fleet(...after), observed: convergedFleet(fleet(...before)) });
}

const blockedOf = ({ blocked }: Plan) =>
  blocked.map(({ resource, reason, message }) => `${resource} ${reason}: ${message}`);
const idsOf = ({ actions }: Plan) => actions.map(({ id }) => id);

const bakery = serving('bakery', { primary: 'bakery.example' });

describe('a name that is applied stays with its environment', () => {
  test.each([
    ['as its primary domain', { primary: 'bakery.example' }],
    ['as an alias', { primary: 'evil.example', aliases: ['bakery.example'] }],
    ['as a redirect', { redirects: [{ from: 'bakery.example', to: 'https://evil.example/', status: 301 }] }],
  ] as const)('when a new environment claims it %s', (_, domains) => {
    const changed = { ...bakery, title: 'Another title' };
    const made = plan(inputOf([bakery], [changed, serving('evil', domains)]));
    expect(idsOf(made)).toEqual(['environment.converge:bakery']);
    expect(blockedOf(made)).toEqual([
      'environment/evil NameTaken: the host name "bakery.example" belongs to environment/bakery',
    ]);
  });

  test('when an existing environment adds it, which stays as it is', () => {
    const evil = serving('evil', { primary: 'evil.example' }, 'web-2');
    const made = plan(
      inputOf([bakery, evil], [bakery, serving('evil', { primary: 'bakery.example' }, 'web-2')]),
    );
    expect(idsOf(made)).toEqual([]);
    expect(made.blocked).toMatchObject([{ resource: 'environment/evil', needsPerson: true }]);
  });

  test('when its node cannot be observed: its record counts', () => {
    const { observed, desired } = inputOf([bakery], [bakery, serving('evil', { primary: 'bakery.example' })]);
    const applied = [...observed.nodes.values()][0]?.environments.get(bakery.name)?.appliedSpec ?? null;
    const blind: ObservedFleet = {
      ...observed,
      nodes: new Map([...observed.nodes].map(([name, node]) => [name, { ...node, environments: new Map() }])),
    };
    const status = statusDocument(bakery.ref, { applied, node: 'web-1' });
    const made = plan(planInput({ desired, observed: blind, recorded: recordedFleet([status]) }));
    expect(blockedOf(made)).toContain(
      'environment/evil NameTaken: the host name "bakery.example" belongs to environment/bakery',
    );
    expect(blockedOf(made).filter((line) => line.includes('environment/bakery NameTaken'))).toEqual([]);
  });

  test('when its own manifest is broken', () => {
    const desired = desiredFleet({
      nodes,
      environments: [serving('evil', { primary: 'bakery.example' }, 'web-2')],
      quarantined: [environmentRef('bakery')],
    });
    const made = plan(planInput({ desired, observed: convergedFleet(fleet(bakery)) }));
    expect(idsOf(made)).toEqual([]);
    expect(blockedOf(made)).toContain(
      'environment/evil NameTaken: the host name "bakery.example" belongs to environment/bakery, whose manifest is broken or lost',
    );
  });
});

test('a domain that two new environments claim is given to neither', () => {
  const made = plan(
    inputOf([], [bakery, serving('cafe', { primary: 'bakery.example' }), serving('pub', {})]),
  );
  expect(idsOf(made).filter((id) => id.startsWith('environment.'))).toEqual(['environment.converge:pub']);
  expect(blockedOf(made)).toEqual([
    'environment/bakery NameTaken: the host name "bakery.example" belongs to environment/cafe too, and it is not known to whom it belongs',
    'environment/cafe NameTaken: the host name "bakery.example" belongs to environment/bakery too, and it is not known to whom it belongs',
  ]);
});

test('a preview host belongs to its environment, whoever writes it down and has it applied', () => {
  const observed = convergedFleet(fleet(bakery));
  const address = observed.nodes.get('web-1' as NodeName)?.ipv4?.replaceAll('.', '-');
  const thief = serving('thief', { primary: `bakery.${address}.sslip.io` });
  const made = plan(inputOf([thief], [bakery, { ...thief, title: 'Changed' }]));
  expect(idsOf(made)).toEqual(['environment.converge:bakery']);
  expect(blockedOf(made)[0]).toContain('environment/thief NameTaken');
});

describe('a name moves in one commit', () => {
  const without = serving('bakery', {});

  test('on one node, after the former environment has given it up', () => {
    const made = plan(inputOf([bakery], [without, serving('new', { primary: 'bakery.example' })]));
    expect(made.actions).toMatchObject([
      { id: 'environment.converge:bakery', dependsOn: [] },
      { id: 'environment.converge:new', dependsOn: ['environment.converge:bakery'] },
    ]);
    expect(made.blocked).toEqual([]);
  });

  test('between nodes at once: the former node may be lost', () => {
    const made = plan(inputOf([bakery], [without, serving('new', { primary: 'bakery.example' }, 'web-2')]));
    expect(made.actions.find(({ id }) => id === 'environment.converge:new')?.dependsOn).toEqual([]);
  });

  test('from a removed environment, in the pass after its removal', () => {
    const input = inputOf([bakery], [serving('new', { primary: 'bakery.example' })]);
    const recorded = recordedFleet([statusDocument(bakery.ref, { node: 'web-1' })]);
    const first = plan({ ...input, recorded });
    expect(blockedOf(first)).toEqual([
      'environment/new WaitsFor: the host name "bakery.example" is still applied to environment/bakery, which gives it up',
    ]);
    expect(first.blocked[0]?.needsPerson).toBe(false);
    const then = plan(afterPlan({ ...input, recorded }, first));
    expect(idsOf(then)).toEqual(['environment.converge:new']);
  });

  test('from one that is blocked: not before that is applied', () => {
    const { desired, observed } = inputOf([bakery], [without, serving('new', { primary: 'bakery.example' })]);
    const freeze = {
      name: 'sale',
      from: 0,
      until: Date.parse('2100-01-01T00:00:00Z'),
      risks: ['none', 'restart', 'downtime', 'data'] as const,
      types: null,
    };
    const frozen = {
      ...desired,
      config: { ...desired.config, maintenance: { windows: [], freezes: [freeze] } },
      environments: new Map(
        [...desired.environments].map(([key, item]) => [
          key,
          key === 'new' ? { ...item, windowOverride: 'agreed' } : item,
        ]),
      ),
    };
    const made = plan(planInput({ desired: frozen, observed }));
    expect(idsOf(made)).toEqual([]);
    expect(made.blocked.map(({ resource, reason }) => `${resource} ${reason}`)).toEqual([
      'environment/bakery Freeze',
      'environment/new WaitsFor',
    ]);
  });

  test('but an exchange takes two commits', () => {
    const cafe = serving('cafe', { primary: 'cafe.example' });
    const made = plan(
      inputOf(
        [bakery, cafe],
        [serving('bakery', { primary: 'cafe.example' }), serving('cafe', { primary: 'bakery.example' })],
      ),
    );
    expect(blockedOf(made).join('\n')).toContain('it exchanges the host name');
  });
});

test('the domains of an environment that is out of service are free', () => {
  const input = inputOf([bakery], [serving('new', { primary: 'bakery.example' })]);
  const node = input.observed.nodes.get('web-1' as NodeName);
  const retained = new Map(
    [...(node?.environments ?? [])].map(([key, item]) => [key, { ...item, retained: true }]),
  );
  const observed = {
    ...input.observed,
    nodes: new Map(
      [...input.observed.nodes].map(([key, item]) => [key, { ...item, environments: retained }]),
    ),
  };
  const conditions = [condition('Ready', 'False', 'Retained')];
  const recorded = recordedFleet([statusDocument(bakery.ref, { node: 'web-1', conditions })]);
  expect(idsOf(plan({ ...input, observed, recorded }))).toContain('environment.converge:new');
});

describe('data on a node belong to the site they were made for', () => {
  const other = { ...bakery, site: 'evil' as SiteName };
  const withSeen = (retained: boolean): PlanInput => {
    const input = inputOf([bakery], [other]);
    const observed = {
      ...input.observed,
      nodes: new Map(
        [...input.observed.nodes].map(([key, node]) => [
          key,
          {
            ...node,
            environments: new Map(
              [...node.environments].map(([name, seen]) => [name, { ...seen, retained }]),
            ),
          },
        ]),
      ),
    };
    return { ...input, observed };
  };

  test.each([true, false])('when another site takes the name (retained: %s)', (retained) => {
    const made = plan(withSeen(retained));
    expect(idsOf(made)).toEqual([]);
    expect(made.blocked).toMatchObject([
      {
        resource: 'environment/bakery',
        reason: 'SiteDiffers',
        message: `its data on the node belong to site ${bakery.site}`,
        needsPerson: true,
        action: { reason: 'SiteDiffers', risk: 'data' },
      },
    ]);
    expect(made.blocked[0]?.nextStep).toContain(`pressluft approve ${made.digest}`);
  });

  test('until that very action is approved', () => {
    const input = withSeen(true);
    const digest = plan(input).blocked[0]?.action?.digest;
    if (digest === undefined) throw new Error('no action to approve');
    const approval = { plan: plan(input).digest, actions: [digest], by: 'ada', at: '2026-01-01T00:00:00Z' };
    const approved = plan({ ...input, recorded: { ...recordedFleet(), approvals: [approval] } });
    expect(idsOf(approved)).toEqual(['environment.converge:bakery']);
  });
});

test('one approval covers data of another site that are lost as well, and says both', () => {
  const other = { ...bakery, site: 'evil' as SiteName };
  const input = inputOf([bakery], [other]);
  const observed = {
    ...input.observed,
    nodes: new Map(
      [...input.observed.nodes].map(([key, node]) => [
        key,
        {
          ...node,
          environments: new Map(
            [...node.environments].map(([name, seen]) => [
              name,
              { ...seen, missingData: ['database'] as const },
            ]),
          ),
        },
      ]),
    ),
  };
  const [blocked] = plan({ ...input, observed }).blocked;
  expect(blocked).toMatchObject({
    reason: 'DataMissing',
    action: { reason: 'DataMissing', risk: 'data' },
    message: expect.stringContaining(`its data on the node belong to site ${bakery.site}`),
  });
  expect(blocked?.message).toContain('WordPress in its database');
  expect(blocked?.action?.message).toBe(
    `hand the data of site ${bakery.site} over to site evil, and install an empty WordPress in place of the lost data`,
  );
});

const hosts = ['a.example', 'b.example', 'c.example'] as const;
const claims = fc.record({
  there: fc.boolean(),
  node: fc.constantFrom('web-1', 'web-2'),
  primary: fc.option(fc.constantFrom(...hosts)),
  aliases: fc.uniqueArray(fc.constantFrom(...hosts), { maxLength: 2 }),
});
const anyClaims = fc.tuple(claims, claims, claims, claims);

function fleetOf(cases: readonly (typeof claims extends fc.Arbitrary<infer T> ? T : never)[]) {
  return cases.flatMap(({ there, node, primary, aliases }, at) =>
    there
      ? [serving(`site-${at}`, { primary, aliases: aliases.filter((alias) => alias !== primary) }, node)]
      : [],
  );
}

/** Host names by environment, as they are applied and served. */
function served(observed: ObservedFleet): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const node of observed.nodes.values()) {
    for (const { name, retained, appliedSpec } of node.environments.values()) {
      const { primary, aliases } = (appliedSpec?.hosts ?? {}) as DesiredEnvironment['domains'];
      for (const host of retained ? [] : [...(primary === null ? [] : [primary]), ...aliases])
        found.set(host, [...(found.get(host) ?? []), name]);
    }
  }
  return found;
}

test('whatever is claimed in commit after commit, no name is applied twice on a node, and each holder keeps what it claims', () => {
  fc.assert(
    fc.property(fc.array(anyClaims, { minLength: 1, maxLength: 4 }), (commits) => {
      let input = planInput({ desired: fleet(), observed: convergedFleet(fleet()) });
      const kept = (
        before: ObservedFleet,
        environments: readonly DesiredEnvironment[],
        after: ObservedFleet,
      ) => {
        const was = served(before);
        for (const [host, names] of served(after)) {
          const [holder, ...more] = was.get(host) ?? [];
          const claimant = environments.find(({ name }) => name === holder);
          const { primary = null, aliases = [] } = claimant?.domains ?? {};
          const still = primary === host || aliases.includes(host);
          if (more.length === 0 && still) expect(names).toEqual([holder]);
        }
      };
      for (const cases of commits) {
        // An environment stays on its node: moves are not supported.
        const environments = fleetOf(
          cases.map((item, at) => ({ ...item, node: at < 2 ? 'web-1' : 'web-2' })),
        );
        const before = input.observed;
        input = { ...input, desired: fleet(...environments) };
        for (let pass = 0; pass < 3; pass++) input = afterPlan(input, plan(input));
        kept(before, environments, input.observed);
        for (const node of input.observed.nodes.values()) {
          const names = [...served({ ...input.observed, nodes: new Map([[node.name, node]]) }).values()];
          expect(names.filter((list) => list.length > 1)).toEqual([]);
        }
      }
    }),
    { numRuns: 150 },
  );
});
