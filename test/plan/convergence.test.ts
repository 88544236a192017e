import fc from 'fast-check';
import { expect, test } from 'vitest';
import { actionKinds } from '../../src/actions/index.ts';
import type { NodeName } from '../../src/fleet/brand.ts';
import type { Plan } from '../../src/fleet/plan.ts';
import { resourceRef } from '../../src/fleet/resource.ts';
import { plan } from '../../src/plan/plan.ts';
import type { PlanInput } from '../../src/plan/plan-input.ts';
import { allKinds } from '../support/action-kinds.ts';
import { anyFleet, foreignUid } from '../support/any-fleet.ts';
import { afterPlan } from '../support/apply-plan.ts';

const runs = { numRuns: 300 };

/** A deletion with a final backup needs a plan for each step: retain, back up, delete. */
const stepsOfADeletion = 3;

test('applying a plan and observing again leaves nothing to do, except the next step of a deletion with a final backup', () => {
  fc.assert(
    fc.property(anyFleet, (input) => {
      let current = afterPlan(input, plan(input));
      for (let step = 1; step < stepsOfADeletion; step++) {
        const { actions } = plan(current);
        for (const action of actions) {
          const follows = action.reason === 'FinalBackup' || action.kind.endsWith('.delete');
          expect([action.id, follows]).toEqual([action.id, true]);
        }
        current = afterPlan(current, plan(current));
      }
      // A node is deleted with the last of its environments.
      expect(plan(current).actions).toEqual([]);
    }),
    runs,
  );
});

test('applying a plan of this version once leaves nothing to do', () => {
  fc.assert(
    fc.property(anyFleet, (any) => {
      // It makes no backups, so none are recorded.
      const input = { ...any, kinds: actionKinds, recorded: { ...any.recorded, backups: new Map() } };
      expect(plan(afterPlan(input, plan(input))).actions).toEqual([]);
    }),
    runs,
  );
});

test('a plan is ordered: dependencies come before their dependents, ids are unique, deletions are last', () => {
  fc.assert(
    fc.property(anyFleet, (input) => {
      const { actions } = plan(input);
      const place = new Map(actions.map((action, index) => [action.id, index]));
      expect(place.size).toBe(actions.length);
      for (const [index, action] of actions.entries()) {
        for (const id of action.dependsOn)
          expect(place.get(id) ?? Number.POSITIVE_INFINITY).toBeLessThan(index);
      }
      const deletes = actions.map((action) => action.kind.endsWith('.delete'));
      expect(deletes).toEqual([...deletes].sort());
    }),
    runs,
  );
});

test('no plan deletes or retains a resource that is desired, foreign, protected or possibly described by a broken file', () => {
  fc.assert(
    fc.property(anyFleet, (input) => {
      for (const action of removalsOf(plan(input))) {
        const { desired, recorded, observed } = input;
        const { target, resource } = action;
        if (target.kind === 'environment') {
          expect(desired.environments.has(target.environment)).toBe(false);
          const seen = observed.nodes.get(target.node)?.environments.get(target.environment);
          expect(seen?.uid).not.toBe(foreignUid);
          expect(seen?.appliedSpec?.protected).toBe(false);
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

test('resources with a broken manifest are not changed', () => {
  fc.assert(
    fc.property(anyFleet, (input) => {
      const { resources } = input.desired.quarantine;
      for (const { resource, kind, id } of plan(input).actions) {
        // Reading from it, e.g. for a clone, changes nothing.
        expect([id, resources.has(resource)]).toEqual([id, false]);
        if (kind !== 'node.delete') continue;
        const node = input.observed.nodes.get(id.slice('node.delete:'.length) as NodeName);
        for (const name of node?.environments.keys() ?? []) {
          expect(resources.has(resourceRef('Environment', name))).toBe(false);
        }
      }
    }),
    runs,
  );
});

test('nothing on a suspended node is worked on', () => {
  fc.assert(
    fc.property(anyFleet, (input) => {
      for (const { target } of plan(input).actions) {
        expect(input.desired.nodes.get(target.node)?.state ?? 'active').toBe('active');
      }
    }),
    runs,
  );
});

test('a deletion after a final backup has a verified backup that was taken after the environment was retained', () => {
  fc.assert(
    fc.property(anyFleet, (input) => {
      for (const { kind, target } of plan(input).actions) {
        if (kind !== 'environment.delete' || target.kind !== 'environment') continue;
        const seen = input.observed.nodes.get(target.node)?.environments.get(target.environment);
        if (seen?.deletionPolicy !== 'backup-then-delete') continue;
        const records = input.recorded.backups.get(target.environment) ?? [];
        expect(seen.retained).toBe(true);
        expect(records.some(({ reason, verifiedAt }) => reason === 'final' && verifiedAt !== null)).toBe(
          true,
        );
      }
    }),
    runs,
  );
});

test('an environment that is to be a clone never starts empty', () => {
  fc.assert(
    fc.property(anyFleet, (input) => {
      for (const { kind, target, reason } of plan(input).actions) {
        if (kind !== 'environment.converge' || reason !== 'Missing' || target.kind !== 'environment')
          continue;
        expect(input.desired.environments.get(target.environment)?.source.kind).toBe('new');
      }
    }),
    runs,
  );
});

test('an action that can harm the data of a backed-up environment depends on a restore point', () => {
  fc.assert(
    fc.property(anyFleet, (input) => {
      for (const action of plan(input).actions) {
        if (action.risk !== 'data' || action.target.kind !== 'environment') continue;
        const environment = input.desired.environments.get(action.target.environment);
        if (environment === undefined || environment.backups.policy === null) continue;
        expect(action.undo.restorePoint?.kind).toBe('planned');
        const id = action.undo.restorePoint?.kind === 'planned' ? action.undo.restorePoint.action : '';
        expect(action.dependsOn).toContain(id);
      }
    }),
    runs,
  );
});

test('every difference has an action or a blocked item: all other resources are as described', () => {
  fc.assert(
    fc.property(anyFleet, (input) => {
      const { actions, blocked } = plan(input);
      const told = new Set([...actions, ...blocked].map((item) => item.resource));
      for (const environment of input.desired.environments.values()) {
        if (told.has(environment.ref)) continue;
        const seen = input.observed.nodes.get(environment.node)?.environments.get(environment.name);
        expect(seen).toMatchObject({
          complete: true,
          retained: false,
          uid: environment.uid,
          driftedFiles: [],
        });
      }
      for (const node of input.desired.nodes.values()) {
        if (!told.has(node.ref)) expect(input.observed.nodes.get(node.name)?.state).toBe('ready');
      }
      const { backups, restores, promotions } = input.desired;
      for (const { ref } of [...backups.values(), ...restores.values(), ...promotions.values()]) {
        expect(told.has(ref)).toBe(input.recorded.status.get(ref)?.appliedRevision == null);
      }
    }),
    runs,
  );
});

test('dependents of a blocked action are blocked, too', () => {
  fc.assert(
    fc.property(anyFleet, (input) => {
      const { actions, blocked } = plan({ ...input, kinds: actionKinds });
      const held = new Set(blocked.flatMap(({ action }) => action?.id ?? []));
      for (const { dependsOn } of actions) for (const id of dependsOn) expect(held.has(id)).toBe(false);
      for (const { kind } of actions) expect(actionKinds[kind].supported).toBe(true);
    }),
    runs,
  );
});

test('the plan does not depend on the order of resources, is the same when made twice, and does not change its input', () => {
  fc.assert(
    fc.property(anyFleet, (input) => {
      const before = structuredClone({ observed: input.observed, recorded: input.recorded });
      const planned = plan(input);
      expect(plan(input)).toEqual(planned);
      expect(plan(backwards(input))).toEqual(planned);
      expect({ observed: input.observed, recorded: input.recorded }).toEqual(before);
    }),
    { numRuns: 200 },
  );
});

test('the fleets of these tests result in every kind of action', () => {
  const kinds = fc
    .sample(anyFleet, { numRuns: 400, seed: 3 })
    .flatMap((input) => plan(input).actions.map((action) => action.kind));
  expect([...new Set(kinds)].sort()).toEqual([...allKinds].sort());
});

function removalsOf({ actions }: Plan) {
  return actions.filter(({ kind }) => kind.endsWith('.delete') || kind.endsWith('.retain'));
}

/** The same input with every map in reverse order. */
function backwards(input: PlanInput): PlanInput {
  const { desired, observed, recorded } = input;
  const nodes = [...observed.nodes.values()].map((node) => ({
    ...node,
    environments: turned(node.environments),
  }));
  return {
    ...input,
    desired: {
      ...desired,
      nodes: turned(desired.nodes),
      environments: turned(desired.environments),
      backups: turned(desired.backups),
      restores: turned(desired.restores),
      promotions: turned(desired.promotions),
    },
    observed: {
      providers: turned(observed.providers),
      nodes: turned(new Map(nodes.map((node) => [node.name, node]))),
    },
    recorded: { ...recorded, status: turned(recorded.status), backups: turned(recorded.backups) },
  };
}

function turned<K, V>(map: ReadonlyMap<K, V>): ReadonlyMap<K, V> {
  return new Map([...map].reverse());
}
