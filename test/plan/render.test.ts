import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Plan } from '../../src/fleet/plan.ts';
import type { ActionReason, BlockedReason } from '../../src/fleet/reasons.ts';
import { comparePlans } from '../../src/plan/compare-plans.ts';
import { planJson } from '../../src/plan/plan-json.ts';
import type { Paint } from '../../src/plan/render-text.ts';
import { renderPlanMarkdown, renderPlanText } from '../support/render-plan.ts';
import { sampleContext, samplePlans } from '../support/sample-fleets.ts';
import { sampleMerge } from '../support/sample-merge.ts';
import { blockedFor, change, environmentAction, samplePlan } from '../support/sample-plans.ts';

const golden = join(import.meta.dirname, '../golden/plan');
const jsonOf = (plan: Plan) => JSON.parse(JSON.stringify(planJson(plan, sampleContext)));

describe.each(Object.entries(samplePlans))('the plan %s', (name, plan) => {
  test('is the recorded JSON', async () => {
    const json = planJson(plan, sampleContext);
    await expect(`${JSON.stringify(json, null, 2)}\n`).toMatchFileSnapshot(
      join(golden, `${name}.golden.json`),
    );
  });

  test('reads as recorded, made of the JSON alone', async () => {
    await expect(renderPlanText(jsonOf(plan))).toMatchFileSnapshot(join(golden, `${name}.golden.txt`));
  });

  test.each([60, 80, 120])('fits on a terminal of %i columns', (columns) => {
    const lines = renderPlanText(jsonOf(plan), undefined, { columns }).split('\n');
    // A digest is for copying, and stays in one piece.
    const whole = /^Digest|^[-~+!] |^ +sha256:[0-9a-f]{64}/;
    expect(lines.filter((line) => [...line].length > columns && !whole.test(line))).toEqual([]);
  });
});

test('the text of a comparison only lists pending changes', async () => {
  const { base, head } = sampleMerge();
  await expect(renderPlanText(comparePlans(base, head))).toMatchFileSnapshot(
    join(golden, 'merge.golden.txt'),
  );
});

test('verbose text shows pending changes in full', () => {
  const { base, head } = sampleMerge();
  const comparison = comparePlans(base, head);
  const cause = 'environments/wiki-production.yaml:10:5';
  expect(renderPlanText(comparison)).not.toContain(cause);
  expect(renderPlanText(comparison, undefined, { verbose: true })).toContain(cause);
});

test('the same change in many environments is shown once, and separately with verbose', () => {
  const json = jsonOf(samplePlans.many);
  const text = renderPlanText(json);
  expect(text).toContain('the same change in 38 environments  environment.converge  SpecChanged');
  expect(text).toContain('about 2 s of downtime (median of 38 runs) each');
  expect(text).not.toContain('environment/site-07 ');
  const verbose = renderPlanText(json, undefined, { verbose: true });
  expect(verbose).not.toContain('the same change in');
  for (const { resource } of samplePlans.many.actions) expect(verbose).toContain(resource);
});

test('the same reason that blocks many is shown once', () => {
  const names = ['one', 'two', 'three', 'four'];
  const blocked = names.map((name) =>
    blockedFor(environmentAction('environment.converge', name), 'WaitsFor', {
      message: 'waits for backup.create',
    }),
  );
  const text = renderPlanText(jsonOf(samplePlan([], blocked)));
  expect(text).toContain('! the same in 4 environments  environment.converge  WaitsFor');
  expect(text.match(/waits for backup\.create/g)).toHaveLength(1);
  expect(text).toContain('in    one, two, three, four');
});

test('two equal changes, and changes that differ in a value, a restore point or a time, are not folded', () => {
  const apart = (actions: readonly ReturnType<typeof environmentAction>[]) =>
    expect(renderPlanText(jsonOf(samplePlan(actions)))).not.toContain('the same change');
  const converge = (name: string, parts = {}) => environmentAction('environment.converge', name, parts);
  apart([converge('a'), converge('b')]);
  apart(['1', '2', '3'].map((value) => converge(`e${value}`, { changes: [change('title', 'x', value)] })));
  apart(
    ['1', '2', '3'].map((lost) =>
      converge(`e${lost}`, { undo: { byRevert: false, lost, restorePoint: null } }),
    ),
  );
});

test('a long plan has its summary at the end as well', () => {
  const actions = Array.from({ length: 200 }, (_, index) =>
    environmentAction('environment.converge', `site-${index}`, { changes: [change('title', 'x', index)] }),
  );
  const text = renderPlanText(jsonOf(samplePlan(actions)));
  expect(text.match(/200 changes: 200 without risk\./g)).toHaveLength(2);
  expect(renderPlanText(jsonOf(samplePlan(actions.slice(0, 3)))).match(/3 changes/g)).toHaveLength(1);
});

test('a plan of an uncommitted directory says so', () => {
  const json = planJson({ ...samplePlans.empty, notApplied: [], commit: '0'.repeat(40) as never });
  expect(renderPlanText(json)).toBe(
    'Plan for the uncommitted directory\nNo changes. The fleet is as described.\n',
  );
});

test('notes on how the plan was made stand below its title', () => {
  const json = planJson(samplePlans.empty, { notes: ['Recorded by another version.'] });
  expect(renderPlanText(json).split('\n')[1]).toBe('Recorded by another version.');
});

test('a revert that restores no data names the backup with the data', () => {
  const action = environmentAction('environment.converge', 'shop', {
    reason: 'Reverted',
    risk: 'data',
    undo: {
      byRevert: false,
      lost: 'x',
      restorePoint: { kind: 'recorded', id: 'b-1', takenAt: '2026-11-20T02:00:00Z' },
    },
  });
  const json = planJson(samplePlan([action]), { reverts: [samplePlans.empty.commit] });
  expect(renderPlanText(json)).toContain(
    'Reverts commit 9f2e6d33a371.\nenvironment/shop: reverted without its data: it is in restore point b-1 of 2026-11-20 02:00',
  );
});

test('the caller sets the colours, and painted text differs from plain text only in these', () => {
  const mark = (text: string) => (text === '' ? '' : `<${text}>`);
  const paint: Paint = { bold: mark, dim: mark, red: mark, green: mark, yellow: mark };
  for (const plan of Object.values(samplePlans)) {
    const painted = renderPlanText(jsonOf(plan), paint);
    expect(painted.replace(/[<>]/g, '')).toBe(renderPlanText(jsonOf(plan)).replace(/[<>]/g, ''));
  }
});

test('the text of a plan holds no control character but line ends', () => {
  const nasty = '\u001b[2J\u001b]0;owned\u0007\u202enothing\r\nNo changes.\u0085';
  const action = environmentAction('environment.converge', 'a', {
    message: nasty,
    reason: nasty as ActionReason,
    changes: [change(nasty, nasty, [nasty])],
    cause: { file: nasty, line: 1, column: 1 },
    dependsOn: [nasty],
    undo: { byRevert: false, lost: nasty, restorePoint: { kind: 'recorded', id: nasty, takenAt: nasty } },
  });
  const blocked = blockedFor(action, nasty as BlockedReason, {
    message: nasty,
    nextStep: nasty,
    notBefore: nasty,
    timezone: nasty,
  });
  const text = renderPlanText(planJson(samplePlan([action], [blocked]), { notes: [nasty], fleet: nasty }));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: looking for them is the test
  expect(text.replaceAll('\n', '')).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/);
  expect(text.match(/^No changes/gm)).toBeNull();
});

test('a change of very many fields, as a node may report, is truncated to the first ones', () => {
  const changes = Array.from({ length: 200_000 }, (_, index) => change(`file:/etc/${index}`, 'a', 'b'));
  const json = planJson(samplePlan([environmentAction('environment.converge', 'a', { changes })]));
  expect(renderPlanText(json)).toContain('… and 199960 more fields');
  expect(renderPlanMarkdown(json)).toContain('| … and 199970 more fields | | |');
});
