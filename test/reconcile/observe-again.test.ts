import { describe, expect, it } from 'vitest';
import type { EnvironmentName, NodeName, ResourceRef } from '../../src/fleet/brand.ts';
import type { ActionResult } from '../../src/fleet/run.ts';
import type { Deps } from '../../src/ports/index.ts';
import { observeAgain } from '../../src/reconcile/observe.ts';
import {
  desiredFleet,
  environmentRef,
  nodeRef,
  observedEnvironment,
  observedFleet,
  observedNode,
  observedProvider,
  recordedFleet,
  staticNode,
} from '../support/fleet-builders.ts';

const signal = new AbortController().signal;

describe('observing again after work', () => {
  it('requests a page only from environments that were worked on, and queries no provider', async () => {
    const { deps, commands } = machine({ one: 500, two: null });
    const after = await observeAgain(
      deps,
      desired,
      recordedFleet(),
      before,
      work(environmentRef('one')),
      signal,
    );
    expect(commands).toEqual([['python3', '-', '--sites', 'one']]);
    expect(pageOf(after, 'one')).toBe(500);
    expect(after.providers).toBe(before.providers);
  });

  it('keeps the previous observation of other environments', async () => {
    const { deps } = machine({ one: 200, two: null });
    const after = await observeAgain(
      deps,
      desired,
      recordedFleet(),
      before,
      work(environmentRef('one')),
      signal,
    );
    expect(pageOf(after, 'two')).toBe(503);
  });

  it('asks every environment of a node whose server was worked on', async () => {
    const { deps, commands } = machine({ one: 200, two: 200 });
    const results = work(nodeRef('web-1'), environmentRef('one'));
    const after = await observeAgain(deps, desired, recordedFleet(), before, results, signal);
    expect(commands).toEqual([['python3', '-']]);
    expect(pageOf(after, 'two')).toBe(200);
  });

  it('queries nothing when nothing was worked on', async () => {
    const { deps, commands } = machine({});
    const idle = { touched: new Set<NodeName>(), results: [] };
    expect(await observeAgain(deps, desired, recordedFleet(), before, idle, signal)).toBe(before);
    expect(commands).toEqual([]);
  });
});

const desired = desiredFleet({ providers: [], nodes: [staticNode('web-1')] });
const before = observedFleet(
  [
    observedNode('web-1', {
      environments: new Map(
        [
          observedEnvironment('one'),
          observedEnvironment('two', { http: { status: 503, ms: 1, message: '' } }),
        ].map((environment) => [environment.name, environment]),
      ),
    }),
  ],
  [observedProvider('static')],
);

function pageOf(fleet: typeof before, name: string): number | null | undefined {
  return fleet.nodes.get('web-1' as NodeName)?.environments.get(name as EnvironmentName)?.http?.status;
}

function work(...resources: readonly ResourceRef[]) {
  const results = resources.map((resource): ActionResult => {
    const kind = resource.startsWith('node/') ? 'node.provision' : 'environment.converge';
    return { action: `${kind}:x`, kind, resource, changed: true, outcome: 'succeeded' };
  });
  return { touched: new Set(['web-1' as NodeName]), results };
}

/** A machine whose probe reports these statuses; null: no page was requested from the environment. */
function machine(pages: Readonly<Record<string, number | null>>) {
  const commands: (readonly string[])[] = [];
  const environments = Object.fromEntries(
    Object.entries(pages).map(([name, status]) => [
      name,
      { http: status === null ? null : { status, ms: 5 } },
    ]),
  );
  const stdout = JSON.stringify({ v: 1, node: { checks: [] }, environments });
  const deps = {
    store: { intents: () => [], getValue: () => null },
    ansible: { probeScript: async () => 'probe' },
    secrets: { redact: (text: string) => text },
    machines: {
      run: async (_address: unknown, argv: readonly string[]) => {
        commands.push(argv);
        return { exitCode: 0, stdout, stderr: '', durationMs: 1 };
      },
    },
  } as unknown as Deps;
  return { deps, commands };
}
