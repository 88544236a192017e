import { join } from 'node:path';
import { expect, test } from 'vitest';
import { plan } from '../../src/plan/plan.ts';
import type { PlanInput } from '../../src/plan/plan-input.ts';
import { planJson } from '../../src/plan/plan-json.ts';
import { renderPlanText } from '../../src/plan/render-text.ts';
import { convergedFleet, planInput } from '../support/apply-plan.ts';
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

const golden = join(import.meta.dirname, '../golden/plan');
const acme = desiredEnvironment('acme-production');

const cases: Readonly<Record<string, PlanInput>> = {
  empty: planInput({
    desired: desiredFleet({ environments: [acme] }),
    observed: convergedFleet(desiredFleet({ environments: [acme] })),
  }),
  'new-fleet': planInput({
    desired: desiredFleet({ environments: [acme, desiredEnvironment('acme-staging', { type: 'staging' })] }),
    observed: observedFleet([blindNode('web-1', 'absent')]),
  }),
  'changed-fields': planInput({
    desired: desiredFleet({
      environments: [
        {
          ...acme,
          php: { ...acme.php, memoryLimit: '512M', version: '8.3' },
          wordpress: { ...acme.wordpress, constants: { WP_DEBUG: true, SMTP_PASSWORD: 'hunter2' } },
          nginx: { serverSnippet: `location = /health {\n  return 204;\n}\n${'# long\n'.repeat(20)}` },
        },
      ],
    }),
    observed: convergedFleet(desiredFleet({ environments: [acme] })),
  }),
  removals: planInput({
    desired: desiredFleet({ config: { deletionBudget: { maxCount: 3, maxPercent: 100 } } }),
    observed: observedFleet([
      withEnvironments(['kept', 'retain'], ['old', 'delete'], ['shop', 'delete']),
      observedNode('web-9'),
    ]),
    recorded: recordedFleet([statusDocument(environmentRef('shop'), { node: 'web-1', protected: true })]),
  }),
  'held-back': planInput({
    desired: desiredFleet({ environments: [acme], nodes: [hetznerNode('web-1'), hetznerNode('web-2')] }),
    observed: observedFleet([
      blindNode('web-1', 'unreachable', {
        reason: 'server_off',
        message: 'server demo-web-1 is switched off',
      }),
      blindNode('web-2', 'unknown'),
    ]),
  }),
  'hostile-text': planInput({
    desired: desiredFleet({ environments: [acme] }),
    observed: observedFleet([hostileNode()]),
  }),
};

function withEnvironments(...environments: readonly (readonly [string, 'retain' | 'delete'])[]) {
  const [node] = convergedFleet(desiredFleet()).nodes.values();
  const seen = environments.map(([name, deletionPolicy]) => observedEnvironment(name, { deletionPolicy }));
  return {
    ...(node ?? observedNode('web-1')),
    environments: new Map(seen.map((environment) => [environment.name, environment])),
  };
}

/** A compromised node that tries to rewrite the reviewer's terminal. */
function hostileNode() {
  const [node] = convergedFleet(desiredFleet({ environments: [acme] })).nodes.values();
  const seen = node?.environments.get(acme.name);
  const appliedSpec = {
    ...seen?.appliedSpec,
    title: '\u001b[2J\u001b]0;owned\u0007\u202enothing\nNo changes.',
  };
  const environments = new Map([[acme.name, observedEnvironment(acme.name, { appliedSpec })]]);
  return { ...(node ?? observedNode('web-1')), environments };
}

test.each(Object.keys(cases))('the plan %s reads as recorded, in both forms', async (name) => {
  const input = cases[name];
  if (input === undefined) throw new Error(name);
  const json = planJson(plan(input));
  await expect(`${JSON.stringify(json, null, 2)}\n`).toMatchFileSnapshot(join(golden, `${name}.golden.json`));
  await expect(renderPlanText(json)).toMatchFileSnapshot(join(golden, `${name}.golden.txt`));
});

test('the text of a plan holds no control character but line ends', () => {
  for (const input of Object.values(cases)) {
    const text = renderPlanText(planJson(plan(input))).replaceAll('\n', '');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: looking for them is the test
    expect(text).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/);
  }
});

test('the JSON form survives being written and read', () => {
  for (const input of Object.values(cases)) {
    const json = planJson(plan(input));
    expect(renderPlanText(JSON.parse(JSON.stringify(json)))).toBe(renderPlanText(json));
  }
});

test('a plan of what is not committed yet says so', () => {
  const json = { ...planJson(plan(mustCase('empty'))), commit: '0'.repeat(40) as never };
  expect(renderPlanText(json)).toBe(
    'Plan for what lies in the directory\nNo changes. The fleet is as described.\n',
  );
});

function mustCase(name: string): PlanInput {
  const input = cases[name];
  if (input === undefined) throw new Error(name);
  return input;
}
