import { Ajv } from 'ajv';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import schema from '../../schemas/plan.schema.json' with { type: 'json' };
import { comparePlans } from '../../src/plan/compare-plans.ts';
import { plan } from '../../src/plan/plan.ts';
import type { PlanInput } from '../../src/plan/plan-input.ts';
import { planJson } from '../../src/plan/plan-json.ts';
import { anyGuardedFleet, anyFleet as anyOpenFleet } from '../support/any-fleet.ts';
import { commitSha } from '../support/fleet-builders.ts';
import { renderPlanMarkdown, renderPlanText } from '../support/render-plan.ts';
import { sampleContext } from '../support/sample-fleets.ts';

// Plans of generated fleets; other content is tested with plans that are written by hand.
const runs = { numRuns: 100 };
const anyFleet = fc.oneof(anyOpenFleet, anyGuardedFleet);
const validPlan = new Ajv({ strict: true, strictTypes: true, allowUnionTypes: true }).compile(schema);
const jsonOf = (input: PlanInput) => planJson(plan(input), sampleContext);
const written = <T>(value: T): T => JSON.parse(JSON.stringify(value));

test('every plan of a fleet is valid JSON of its schema', () => {
  fc.assert(
    fc.property(anyFleet, (input) => {
      validPlan(written(jsonOf(input)));
      expect(validPlan.errors).toBeNull();
    }),
    runs,
  );
});

test('every plan of a fleet reads the same from its written JSON', () => {
  fc.assert(
    fc.property(anyFleet, (input) => {
      const json = jsonOf(input);
      expect(renderPlanText(written(json))).toBe(renderPlanText(json));
      expect(renderPlanMarkdown(written(json))).toBe(renderPlanMarkdown(json));
    }),
    runs,
  );
});

test('verbose text names every resource of a plan of a fleet', () => {
  fc.assert(
    fc.property(anyFleet, (input) => {
      const json = jsonOf(input);
      const text = renderPlanText(json, undefined, { verbose: true });
      const items = [...json.actions, ...json.blocked];
      for (const { resource, kind, reason } of items)
        expect(text).toContain(`${resource}  ${kind}  ${reason}`);
    }),
    runs,
  );
});

test('a commit that changes nothing adds nothing, restore points and windows included', () => {
  fc.assert(
    fc.property(anyFleet, (input) => {
      const head = { ...input, desired: { ...input.desired, commit: commitSha('nothing changed') } };
      const { added, resolved } = comparePlans(jsonOf(input), jsonOf(head));
      expect({ added, resolved }).toEqual({ added: [], resolved: [] });
    }),
    runs,
  );
});
