import type { NodeName, ResourceRef } from '../../../src/fleet/brand.ts';
import { errors } from '../../../src/fleet/error-catalogue.ts';
import type { ActionKind, Plan } from '../../../src/fleet/plan.ts';
import type { ActionResult } from '../../../src/fleet/run.ts';
import { plan } from '../../../src/plan/plan.ts';
import type { Progress } from '../../../src/reconcile/progress.ts';
import { planInput } from '../../support/apply-plan.ts';
import {
  blindNode,
  commitSha,
  desiredEnvironment,
  desiredFleet,
  environmentRef,
  hetznerNode,
  nodeRef,
  observedFleet,
} from '../../support/fleet-builders.ts';

const pass = '1';
export const commit = commitSha('commit 1');

/** Plan of a fleet with one node to create, two environments on it, and a third whose node is away. */
export const firstPlan: Plan = withoutNodeRow(
  plan(
    planInput({
      desired: desiredFleet({
        commit,
        nodes: [hetznerNode('web-1'), hetznerNode('web-2')],
        environments: [
          desiredEnvironment('acme-production'),
          desiredEnvironment('acme-staging'),
          desiredEnvironment('blog', { node: 'web-2' as NodeName }),
        ],
      }),
      observed: observedFleet([blindNode('web-1', 'absent'), blindNode('web-2', 'unreachable')]),
    }),
  ),
);

function withoutNodeRow(whole: Plan): Plan {
  return { ...whole, blocked: whole.blocked.filter((item) => item.resource !== nodeRef('web-2')) };
}

export function result(kind: ActionKind, resource: ResourceRef): ActionResult {
  return {
    action: `${kind}:${resource.split('/')[1] ?? ''}`,
    kind,
    resource,
    outcome: 'succeeded',
    changed: true,
  };
}

const production = environmentRef('acme-production');
const staging = environmentRef('acme-staging');
const node = nodeRef('web-1');

function started(resource: ResourceRef, kind: ActionKind): Progress {
  return { kind: 'action-started', pass, resource, action: result(kind, resource).action };
}

function finished(resource: ResourceRef, kind: ActionKind): Progress {
  return { kind: 'action-finished', pass, result: result(kind, resource) };
}

function step(
  resource: ResourceRef,
  name: string,
  status: 'running' | 'ok' | 'changed' | 'failed',
  durationMs: number,
  message?: string,
): Progress {
  const report = { resource, step: name, status, durationMs };
  return { kind: 'step', pass, step: message === undefined ? report : { ...report, message } };
}

/** The events of a pass that creates a node, converges one environment and fails at another. */
export const firstPass: readonly Progress[] = [
  { kind: 'pass-started', pass, trigger: 'start' },
  { kind: 'phase', pass, phase: 'fetch', commit: null },
  { kind: 'phase', pass, phase: 'load', commit },
  { kind: 'planned', pass, plan: firstPlan },
  { kind: 'phase', pass, phase: 'act', commit },
  started(node, 'node.create'),
  step(node, 'server', 'running', 0),
  step(node, 'server', 'ok', 2100),
  finished(node, 'node.create'),
  started(node, 'node.provision'),
  step(node, 'Install packages', 'changed', 21_000),
  step(node, 'Gather facts', 'ok', 40),
  finished(node, 'node.provision'),
  started(production, 'environment.converge'),
  started(staging, 'environment.converge'),
  step(node, 'Converge environments', 'running', 0),
  step(production, 'database', 'ok', 400),
  step(staging, 'database', 'failed', 900, 'connection refused \u001b[31m'),
  finished(production, 'environment.converge'),
  {
    kind: 'action-finished',
    pass,
    result: {
      ...result('environment.converge', staging),
      outcome: 'failed',
      error: {
        code: errors.convergeFailed,
        message: 'the database did not answer',
        hint: 'Look at the node.',
      },
    },
  },
  { kind: 'phase', pass, phase: 'record', commit },
  { kind: 'recorded', pass, commit: commitSha('status 1') },
  { kind: 'pass-finished', pass, outcome: 'failed', problem: null, durationMs: 61_000 },
];

/** A later pass over the same commit that finds everything as described. */
export const nextPass: readonly Progress[] = [
  { kind: 'pass-started', pass: '2', trigger: 'retry' },
  { kind: 'phase', pass: '2', phase: 'load', commit },
  { kind: 'planned', pass: '2', plan: { ...firstPlan, actions: [], blocked: [] } },
  { kind: 'pass-finished', pass: '2', outcome: 'idle', problem: null, durationMs: 800 },
];
