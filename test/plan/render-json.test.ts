import { Ajv } from 'ajv';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import schema from '../../schemas/plan.schema.json' with { type: 'json' };
import comparisonSchema from '../../schemas/plan-comparison.schema.json' with { type: 'json' };
import { comparePlans } from '../../src/plan/compare-plans.ts';
import { parsePlanJson } from '../../src/plan/parse-plan-json.ts';
import { type PlannedAction, planJson } from '../../src/plan/plan-json.ts';
import { allKinds } from '../support/action-kinds.ts';
import { anyPlanJson } from '../support/any-plan.ts';
import { renderPlanMarkdown, renderPlanText } from '../support/render-plan.ts';
import { sampleContext, samplePlans } from '../support/sample-fleets.ts';
import { sampleMerge } from '../support/sample-merge.ts';

const ajv = new Ajv({ strict: true, strictTypes: true, allowUnionTypes: true });
ajv.addSchema(schema, 'plan.schema.json');
const validPlan = ajv.compile(schema);
const validComparison = ajv.compile(comparisonSchema);
const written = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
const richest = written(
  planJson(samplePlans.removals, { ...sampleContext, reverts: [samplePlans.removals.commit] }),
);

describe('the schema of plans', () => {
  test('accepts every plan that can be written', () => {
    fc.assert(
      fc.property(anyPlanJson, (plan) => {
        validPlan(written(plan));
        expect(validPlan.errors).toBeNull();
      }),
      { numRuns: 300 },
    );
  });

  test('accepts the sample plans', () => {
    for (const plan of Object.values(samplePlans)) {
      expect([validPlan(written(planJson(plan, sampleContext))), validPlan.errors]).toEqual([true, null]);
    }
  });

  test('rejects unknown members at any place', () => {
    const sample = written(planJson(samplePlans.blocked, sampleContext));
    const objects = objectsOf(sample).filter((path) => !path.includes('before') && !path.includes('after'));
    expect(objects.length).toBeGreaterThan(12);
    for (const path of objects) {
      const changed = structuredClone(sample);
      (at(changed, path) as Record<string, unknown>).surprise = 1;
      expect([path, validPlan(changed)]).toEqual([path, false]);
    }
  });

  test('reports every missing member', () => {
    for (const path of objectsOf(richest)) {
      for (const key of Object.keys(at(richest, path) as object)) {
        if (path.includes('changes') && key !== 'field' && path.length > 4) continue;
        const changed = structuredClone(richest);
        delete (at(changed, path) as Record<string, unknown>)[key];
        expect([...path, key, validPlan(changed)]).toEqual([...path, key, false]);
      }
    }
  });

  test('lists all action kinds', () => {
    const kind = new RegExp(schema.definitions.actionKind.pattern);
    expect(allKinds.filter((known) => !kind.test(known))).toEqual([]);
    const others = [
      '',
      'node',
      'node.',
      '.create',
      'site.create',
      'Node.create',
      'node.create.x',
      ' node.create',
    ];
    expect(others.filter((other) => kind.test(other))).toEqual([]);
  });

  test.each([
    ['plan', schema],
    ['comparison', comparisonSchema],
  ])('describes every member: %s', (_, described) => {
    const bare = propertiesOf(described).filter(([, property]) => {
      const { $ref, description } = property as Record<string, unknown>;
      return $ref === undefined && (typeof description !== 'string' || description.length < 5);
    });
    expect(bare.map(([name]) => name)).toEqual([]);
    expect(JSON.stringify(described)).not.toMatch(/"additionalProperties":true/);
    const open = objectSchemasOf(described).filter((part) => part.additionalProperties !== false);
    expect(open).toEqual([]);
  });
});

describe('the schema of comparisons', () => {
  test('accepts every comparison of two plans', () => {
    fc.assert(
      fc.property(anyPlanJson, anyPlanJson, (base, head) => {
        const mixed = { ...head, actions: [...head.actions, ...base.actions.slice(0, 2)] };
        validComparison(written(comparePlans(base, mixed)));
        expect(validComparison.errors).toBeNull();
      }),
      { numRuns: 100 },
    );
  });

  test('rejects unknown members', () => {
    const { base, head } = sampleMerge();
    const sample = written(comparePlans(base, head));
    for (const path of [
      [],
      ['base'],
      ['summary'],
      ['added', '0'],
      ['pending', '0'],
      ['resolved', '0'],
      ['plan'],
    ]) {
      const changed = structuredClone(sample);
      (at(changed, path) as Record<string, unknown>).surprise = 1;
      expect([path, validComparison(changed)]).toEqual([path, false]);
    }
  });
});

describe('a plan that is read', () => {
  test('is the plan that was written', () => {
    for (const plan of Object.values(samplePlans)) {
      const json = planJson(plan, sampleContext);
      expect(parsePlanJson(written(json))).toEqual(json);
    }
  });

  test('may name a kind of action that a later version has', () => {
    const later = structuredClone(richest) as { actions: { kind: string }[] };
    for (const action of later.actions) action.kind = 'node.rebuild';
    const plan = parsePlanJson(later);
    if (typeof plan === 'string') throw new Error(plan);
    expect(renderPlanText(plan)).toContain('node.rebuild');
    expect(renderPlanMarkdown(plan)).toContain('node.rebuild');
  });

  test('may have the previous version, which spelled the reasons of blocked items differently', () => {
    const snakeCase = (reason: string) =>
      reason.replace(/[A-Z]/g, (letter, at) => `${at === 0 ? '' : '_'}${letter.toLowerCase()}`);
    const earlier = ({ formerFile: _, ...action }: PlannedAction) => action;
    for (const plan of Object.values(samplePlans)) {
      const json = planJson(plan, sampleContext);
      const before = {
        ...json,
        version: 1,
        actions: json.actions.map(earlier),
        blocked: json.blocked.map((item) => ({
          ...item,
          reason: snakeCase(item.reason),
          action: item.action === null ? null : earlier(item.action),
        })),
      };
      // The file that described a removed resource was part of the words then, and no member.
      const unnamed = (action: PlannedAction) => ({ ...action, formerFile: null });
      expect(parsePlanJson(written(before))).toEqual({
        ...json,
        actions: json.actions.map(unnamed),
        blocked: json.blocked.map((item) => ({
          ...item,
          action: item.action === null ? null : unnamed(item.action),
        })),
      });
    }
    expect(parsePlanJson({ format: 'pressluft-plan', version: 1, blocked: 7, actions: [null] })).toMatch(
      /^the plan must have required property/,
    );
  });

  test('may have reasons of a later version, which its messages keep', () => {
    const json = planJson(samplePlans['new-fleet'], sampleContext);
    const later = (item: object) => ({ ...item, reason: 'NewReason', message: 'words' });
    const read = parsePlanJson(written({ ...json, actions: json.actions.map(later) }));
    expect(read).toMatchObject({
      actions: json.actions.map(() => ({ reason: 'UnknownReason', message: 'NewReason: words' })),
    });
  });

  test('is refused in words when it is something else', () => {
    expect([null, 7, [], {}, { format: 'x' }].map(parsePlanJson)).toEqual(
      Array.from({ length: 5 }, () => 'it is not a plan: "format" is not "pressluft-plan"'),
    );
    expect(parsePlanJson({ format: 'pressluft-plan', version: 3 })).toBe(
      'plan format version 3 is not supported; supported: 2',
    );
    expect(parsePlanJson({ format: 'pressluft-plan', version: { toString: 1, valueOf: 1 } })).toMatch(
      /of another type/,
    );
    const nested: unknown = JSON.parse('['.repeat(100_000) + ']'.repeat(100_000));
    expect(parsePlanJson({ ...(richest as object), notes: nested })).toMatch(/nested too deep/);
    expect(parsePlanJson({ ...(richest as object), digest: 'x' })).toMatch(/^\/digest must match pattern/);
    expect(parsePlanJson({ format: 'pressluft-plan', version: 2 })).toMatch(
      /^the plan must have required property/,
    );
  });
});

function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce((inner, key) => (inner as Record<string, unknown>)[key], value);
}

function objectsOf(value: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [];
  const inner = Object.entries(value).flatMap(([key, member]) => objectsOf(member, [...path, key]));
  return Array.isArray(value) ? inner : [path, ...inner];
}

function propertiesOf(value: unknown): readonly [string, unknown][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => [
    ...(key === 'properties' || key === 'definitions' ? Object.entries(member as object) : []),
    ...propertiesOf(member),
  ]);
}

function objectSchemasOf(value: unknown): readonly Record<string, unknown>[] {
  if (typeof value !== 'object' || value === null) return [];
  const own =
    'properties' in value && 'type' in value && value.type === 'object'
      ? [value as Record<string, unknown>]
      : [];
  return [...own, ...Object.values(value).flatMap(objectSchemasOf)];
}
