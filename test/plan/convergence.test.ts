import fc from 'fast-check';
import { expect, test } from 'vitest';
import { carriesOut } from '../../src/actions/carries-out.ts';
import type { NodeName } from '../../src/fleet/brand.ts';
import type { DesiredEnvironment } from '../../src/fleet/desired.ts';
import type { ObservedEnvironment, ObservedNode } from '../../src/fleet/observed.ts';
import type { Plan } from '../../src/fleet/plan.ts';
import { plan } from '../../src/plan/plan.ts';
import type { PlanInput } from '../../src/plan/plan-input.ts';
import { applyPlan, converged, planInput, provisioned } from '../support/apply-plan.ts';
import {
  blindNode,
  desiredEnvironment,
  desiredFleet,
  environmentRef,
  hetznerNode,
  observedEnvironment,
  observedFleet,
  observedNode,
  recordedFleet,
  statusDocument,
} from '../support/fleet-builders.ts';

const nodeNames = ['web-1', 'web-2', 'web-3'] as const;
const environmentNames = ['a', 'b', 'c', 'd', 'e', 'f'] as const;

interface EnvironmentCase {
  readonly on: number;
  readonly described: boolean;
  readonly seen:
    | 'no'
    | 'converged'
    | 'changed'
    | 'other-state'
    | 'drifted'
    | 'incomplete'
    | 'retained'
    | 'foreign';
  readonly stopped: boolean;
  readonly deletes: boolean;
  readonly protected: boolean;
}

interface NodeCase {
  readonly described: boolean;
  readonly seen: 'absent' | 'unreachable' | 'unknown' | 'unprovisioned' | 'outdated' | 'ready';
}

const nodeCase: fc.Arbitrary<NodeCase> = fc.record({
  described: fc.boolean(),
  seen: fc.constantFrom('absent', 'unreachable', 'unknown', 'unprovisioned', 'outdated', 'ready', 'ready'),
});

const environmentCase: fc.Arbitrary<EnvironmentCase> = fc.record({
  on: fc.nat({ max: nodeNames.length - 1 }),
  described: fc.boolean(),
  seen: fc.constantFrom(
    'no',
    'converged',
    'changed',
    'other-state',
    'drifted',
    'incomplete',
    'retained',
    'foreign',
  ),
  stopped: fc.boolean(),
  deletes: fc.boolean(),
  protected: fc.boolean(),
});

const anyFleet = fc
  .record({
    nodes: fc.tuple(nodeCase, nodeCase, nodeCase),
    environments: fc.array(environmentCase, { maxLength: environmentNames.length }),
    maxCount: fc.nat({ max: 4 }),
    broken: fc.boolean(),
  })
  .map(buildInput);

function buildInput(cases: {
  readonly nodes: readonly NodeCase[];
  readonly environments: readonly EnvironmentCase[];
  readonly maxCount: number;
  readonly broken: boolean;
}): PlanInput {
  const wished = cases.environments.map((item, index) => toDesired(item, environmentNames[index] ?? 'x'));
  const desired = desiredFleet({
    nodes: nodeNames.filter((_, index) => cases.nodes[index]?.described).map((name) => hetznerNode(name)),
    // A manifest that refers to a node that is not described would be in quarantine.
    environments: wished.filter(
      (_, index) =>
        cases.environments[index]?.described === true &&
        cases.nodes[cases.environments[index].on]?.described === true,
    ),
    config: { deletionBudget: { maxCount: cases.maxCount, maxPercent: 60 } },
    brokenFiles: cases.broken ? ['environments/a.yaml'] : [],
  });
  const base = planInput({ desired, observed: observedFleet([]) });
  const nodes = nodeNames.map((name, index) => {
    const here = cases.environments.flatMap((item, at) => {
      const environment = wished[at];
      return item.on === index && environment !== undefined ? toObserved(base, item, environment, name) : [];
    });
    return withNodeCase(base, cases.nodes[index] ?? { described: false, seen: 'absent' }, name, here);
  });
  const records = cases.environments.map((item, index) => {
    const name = environmentNames[index] ?? 'x';
    return statusDocument(environmentRef(name), {
      node: nodeNames[item.on] ?? null,
      protected: item.protected,
    });
  });
  return { ...base, observed: observedFleet(nodes), recorded: recordedFleet(records) };
}

function toDesired(item: EnvironmentCase, name: string): DesiredEnvironment {
  return desiredEnvironment(name, {
    node: (nodeNames[item.on] ?? 'web-1') as NodeName,
    state: item.stopped ? 'stopped' : 'running',
    deletionPolicy: item.deletes ? 'delete' : 'retain',
    protected: item.protected,
  });
}

function toObserved(
  { desired }: PlanInput,
  item: EnvironmentCase,
  environment: DesiredEnvironment,
  node: string,
): ObservedEnvironment[] {
  const seen = observedNode(node);
  const as = (change: Partial<DesiredEnvironment>) => converged(desired, { ...environment, ...change }, seen);
  switch (item.seen) {
    case 'no':
      return [];
    case 'converged':
      return [as({})];
    case 'changed':
      return [as({ title: 'Before' })];
    case 'other-state':
      return [as({ state: item.stopped ? 'running' : 'stopped' })];
    case 'drifted':
      return [{ ...as({}), driftedFiles: [{ path: '/etc/x', expected: 'a', actual: 'b' }] }];
    case 'incomplete':
      return [{ ...as({}), complete: false, appliedDigest: null }];
    case 'retained':
      return [{ ...as({}), retained: true }];
    case 'foreign':
      return [observedEnvironment(environment.name, { uid: 'somebodyelse2345' as never })];
    default:
      return item.seen satisfies never;
  }
}

function withNodeCase(
  input: PlanInput,
  item: NodeCase,
  name: string,
  here: readonly ObservedEnvironment[],
): ObservedNode {
  const environments = new Map(here.map((environment) => [environment.name, environment]));
  const described = input.desired.nodes.get(name as NodeName);
  switch (item.seen) {
    case 'absent':
    case 'unknown':
    case 'unreachable':
      return blindNode(name, item.seen);
    case 'unprovisioned':
      return observedNode(name, { state: 'unprovisioned' });
    case 'outdated':
      return observedNode(name, { environments });
    case 'ready':
      return described === undefined
        ? observedNode(name, { environments })
        : { ...provisioned(input, observedNode(name), described), environments };
    default:
      return item.seen satisfies never;
  }
}

const runs = { numRuns: 400 };

test('applying a plan and looking again leaves nothing to do', () => {
  fc.assert(
    fc.property(anyFleet, (input) => {
      const again = plan({ ...input, observed: applyPlan(input, plan(input)) });
      expect(again.actions).toEqual([]);
    }),
    runs,
  );
});

test('a plan is ordered: dependencies come before what needs them, ids are unique, deletions are last', () => {
  fc.assert(
    fc.property(anyFleet, (input) => {
      const { actions } = plan(input);
      const ids = actions.map((action) => action.id);
      expect(new Set(ids).size).toBe(ids.length);
      for (const [index, action] of actions.entries()) {
        for (const id of action.dependsOn) expect(ids.indexOf(id)).toBeLessThan(index);
        expect(ids.indexOf(action.id)).toBe(index);
      }
      const deletes = actions.map((action) => action.kind.endsWith('.delete'));
      expect(deletes).toEqual([...deletes].sort());
    }),
    runs,
  );
});

test('no plan deletes or retains what is described, foreign, protected or possibly described by a broken file', () => {
  fc.assert(
    fc.property(anyFleet, (input) => {
      for (const action of removalsOf(plan(input))) {
        const { desired, recorded, observed } = input;
        const { target, resource } = action;
        if (target.kind === 'environment') {
          expect(desired.environments.has(target.environment)).toBe(false);
          const seen = observed.nodes.get(target.node)?.environments.get(target.environment);
          expect(seen?.uid).not.toBe('somebodyelse2345');
        } else {
          expect(desired.nodes.has(target.node)).toBe(false);
        }
        expect(recorded.status.get(resource)?.protected ?? false).toBe(false);
        expect(desired.quarantine.files.has(recorded.status.get(resource)?.sourceFile ?? '')).toBe(false);
      }
    }),
    runs,
  );
});

test('planning twice gives the same digest, and planning changes nothing of its input', () => {
  fc.assert(
    fc.property(anyFleet, (input) => {
      const before = structuredClone({ observed: input.observed, recorded: input.recorded });
      expect(plan(input).digest).toBe(plan(input).digest);
      expect({ observed: input.observed, recorded: input.recorded }).toEqual(before);
    }),
    { numRuns: 50 },
  );
});

test('the fleets of these tests lead to every kind of action', () => {
  const kinds = fc
    .sample(anyFleet, { numRuns: 400, seed: 1 })
    .flatMap((input) => plan(input).actions.map((action) => action.kind));
  expect([...new Set(kinds)].sort()).toEqual([...carriesOut].sort());
});

function removalsOf({ actions }: Plan) {
  return actions.filter(({ kind }) => kind.endsWith('.delete') || kind.endsWith('.retain'));
}
