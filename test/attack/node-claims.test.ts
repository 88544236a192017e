import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { EnvironmentName } from '../../src/fleet/brand.ts';
import type { ObservedEnvironment, ObservedFleet } from '../../src/fleet/observed.ts';
import type { Plan } from '../../src/fleet/plan.ts';
import type { StatusDocument } from '../../src/fleet/recorded.ts';
import { plan } from '../../src/plan/plan.ts';
import type { PlanInput } from '../../src/plan/plan-input.ts';
import { foreignUid } from '../support/any-fleet.ts';
import { convergedFleet, planInput } from '../support/apply-plan.ts';
import {
  blindNode,
  desiredEnvironment,
  desiredFleet,
  desiredSite,
  digest,
  environmentRef,
  nodeRef,
  observedEnvironment,
  recordedFleet,
  staticNode,
  statusDocument,
} from '../support/fleet-builders.ts';

const [liar, honest] = ['web-1', 'web-2'];
const onHonest = ['blog', 'shop', 'docs'];

/** Claims of a compromised node about an environment on another node: anything, including the right identity. */
const anyClaim: fc.Arbitrary<ObservedEnvironment> = fc
  .record({
    name: fc.constantFrom(...onHonest),
    foreign: fc.boolean(),
    complete: fc.boolean(),
    retained: fc.boolean(),
    state: fc.constantFrom('running', 'stopped'),
    deletionPolicy: fc.constantFrom('retain', 'delete', 'backup-then-delete', null),
    seed: fc.string(),
  })
  .map(({ name, foreign, seed, ...claim }) => ({
    ...observedEnvironment(name),
    ...claim,
    ...(foreign ? { uid: foreignUid } : {}),
    appliedDigest: claim.complete ? digest(seed) : null,
  }));

/** A converged fleet of two nodes; the environments in `removed`, which are on the honest node, have no manifest any more. */
function fleetOf(removed: readonly string[]): PlanInput {
  const all = [
    desiredEnvironment('mine', { node: staticNode(liar).name }),
    ...onHonest.map((name) =>
      desiredEnvironment(name, { node: staticNode(honest).name, deletionPolicy: 'delete' }),
    ),
  ];
  const parts = { nodes: [staticNode(liar), staticNode(honest)], sites: [desiredSite('acme')] };
  const recorded: StatusDocument[] = all.map(({ name, node, deletionPolicy }) =>
    statusDocument(environmentRef(name), { node, deletionPolicy, appliedDigest: digest(name) }),
  );
  const before = desiredFleet({ ...parts, environments: all });
  const desired = desiredFleet({ ...parts, environments: all.filter(({ name }) => !removed.includes(name)) });
  return planInput({ desired, observed: convergedFleet(before), recorded: recordedFleet(recorded) });
}

function withClaims(observed: ObservedFleet, claims: readonly ObservedEnvironment[]): ObservedFleet {
  const nodes = new Map(
    [...observed.nodes].map(([name, node]) => {
      if (name !== liar) return [name, node] as const;
      const environments = new Map([
        ...node.environments,
        ...claims.map((claim) => [claim.name, claim] as const),
      ]);
      return [name, { ...node, environments }] as const;
    }),
  );
  return { ...observed, nodes };
}

/** Planned and blocked actions of all resources except the compromised node and its own environment. */
function ofOthers({ actions, blocked }: Plan) {
  const own = [environmentRef('mine'), nodeRef(liar)];
  const isOthers = ({ resource }: { readonly resource: string }) => !own.some((ref) => ref === resource);
  return {
    actions: actions
      .filter(isOthers)
      .map(({ id, target, reason, desiredDigest }) => ({ id, target, reason, desiredDigest })),
    blocked: blocked.filter(isOthers).map(({ resource, node, reason }) => ({ resource, node, reason })),
  };
}

test('claims of a node about environments of another node do not change their plan', () => {
  fc.assert(
    fc.property(fc.array(anyClaim, { maxLength: 5 }), fc.subarray(onHonest), (claims, removed) => {
      const input = fleetOf(removed);
      const lied = { ...input, observed: withClaims(input.observed, claims) };
      expect(ofOthers(plan(lied))).toEqual(ofOthers(plan(input)));
    }),
    { numRuns: 500 },
  );
});

test('a node that claims environments of an unreachable node causes no removals', () => {
  fc.assert(
    fc.property(fc.array(anyClaim, { maxLength: 5 }), (claims) => {
      const input = fleetOf(onHonest);
      const nodes = new Map(input.observed.nodes).set(
        staticNode(honest).name,
        blindNode(honest, 'unreachable'),
      );
      const observed = withClaims({ ...input.observed, nodes }, claims);
      const { actions, blocked } = plan({ ...input, observed });
      expect(actions).toEqual([]);
      const others = blocked.filter(({ resource }) => resource !== nodeRef(honest));
      expect(others.map(({ resource, reason }) => [resource, reason]).sort()).toEqual(
        onHonest.map((name) => [environmentRef(name), 'NodeUnreachable']).sort(),
      );
    }),
    { numRuns: 200 },
  );
});

test('an environment whose manifest moved is not created again on the other node', () => {
  const input = fleetOf([]);
  const nodes = new Map(input.observed.nodes);
  const node = nodes.get(staticNode(honest).name);
  const environments = new Map(node?.environments);
  environments.delete('blog' as EnvironmentName);
  if (node !== undefined) nodes.set(node.name, { ...node, environments });
  const observed = withClaims({ ...input.observed, nodes }, [observedEnvironment('blog')]);
  const { actions, blocked } = plan({ ...input, observed });
  expect(actions).toEqual([]);
  expect(blocked).toMatchObject([{ resource: environmentRef('blog'), reason: 'MoveUnsupported' }]);
});
