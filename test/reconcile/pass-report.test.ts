import { expect, test } from 'vitest';
import type { Blocked, Plan } from '../../src/fleet/plan.ts';
import type { ConditionStatus } from '../../src/fleet/reasons/reason-entry.ts';
import type { BlockedReason, Reason } from '../../src/fleet/reasons.ts';
import type { ActionResult } from '../../src/fleet/run.ts';
import { diagnosticCodes } from '../../src/manifest/diagnostics/catalogue.ts';
import type { Diagnostic } from '../../src/manifest/index.ts';
import { exitCodeOfPass, outcomeOfPass, type PassReport } from '../../src/reconcile/pass-report.ts';
import { commitSha, condition, environmentRef, statusDocument, testAt } from '../support/fleet-builders.ts';
import { action, planOf } from './actions.ts';

const converge = action('environment.converge', 'acme', 'web-1');
const succeeded: ActionResult = {
  action: converge.id,
  kind: converge.kind,
  resource: converge.resource,
  outcome: 'succeeded',
  changed: true,
};
const failed: ActionResult = { ...succeeded, outcome: 'failed' };

function held(reason: BlockedReason, needsPerson: boolean): Blocked {
  return {
    resource: environmentRef('acme'),
    node: null,
    kind: 'environment.converge',
    reason,
    message: '',
    nextStep: '',
    needsPerson,
    cause: null,
  };
}

function withBlocked(...blocked: readonly Blocked[]): Plan {
  return { ...planOf(), blocked };
}

function report(overrides: Partial<PassReport> = {}): PassReport {
  return {
    pass: '1',
    commit: commitSha('1'),
    tip: commitSha('1'),
    refusal: null,
    diagnostics: [],
    plan: planOf(),
    observed: null,
    results: [],
    residual: planOf(),
    status: new Map(),
    statusCommit: null,
    preempted: false,
    durationMs: 1,
    ...overrides,
  };
}

const diagnostic = (severity: Diagnostic['severity']): Diagnostic => ({
  code: diagnosticCodes.notAFile,
  severity,
  message: '',
  file: 'a.yaml',
  line: 1,
  column: 1,
});

function siteThatIs(status: ConditionStatus, reason: Reason): PassReport['status'] {
  const document = statusDocument(environmentRef('acme'), {
    conditions: [condition('Ready', status, reason, testAt)],
  });
  return new Map([[document.ref, document]]);
}

test.each<[string, Partial<PassReport>, number, string]>([
  ['nothing to do', {}, 0, 'idle'],
  ['all done', { results: [succeeded] }, 0, 'converged'],
  ['a broken pressluft.yaml', { plan: null, residual: null }, 2, 'invalid'],
  [
    'a broken manifest beside work that was done',
    { results: [succeeded], diagnostics: [diagnostic('error')] },
    2,
    'converged',
  ],
  ['a warning only', { diagnostics: [diagnostic('warning')] }, 0, 'idle'],
  ['a failure', { results: [succeeded, failed] }, 4, 'failed'],
  [
    'a failure beside a protected resource',
    { results: [failed], residual: withBlocked(held('Protected', true)) },
    4,
    'failed',
  ],
  ['an unreachable node', { residual: withBlocked(held('NodeUnreachable', false)) }, 4, 'blocked'],
  ['a site that does not work', { status: siteThatIs('False', 'HttpFailed') }, 4, 'idle'],
  [
    'a site that does not work after all was done',
    { results: [succeeded], status: siteThatIs('False', 'FrontPageFatal') },
    4,
    'converged',
  ],
  ['a retained site', { status: siteThatIs('False', 'Retained') }, 0, 'idle'],
  ['a site that works', { status: siteThatIs('True', 'Converged') }, 0, 'idle'],
  [
    'a site that is still to be changed',
    { residual: planOf(converge), status: siteThatIs('False', 'Pending') },
    0,
    'pending',
  ],
  ['a protected resource', { residual: withBlocked(held('Protected', true)) }, 6, 'blocked'],
  [
    'a removal that a broken manifest blocks',
    { residual: withBlocked(held('Quarantined', true)), diagnostics: [diagnostic('error')] },
    2,
    'blocked',
  ],
])('%s exits with the code of the design', (_, overrides, code, outcome) => {
  expect(exitCodeOfPass(report(overrides))).toBe(code);
  expect(outcomeOfPass(report(overrides))).toBe(outcome);
});

test('remaining work is pending', () => {
  expect(outcomeOfPass(report({ results: [succeeded], residual: planOf(converge) }))).toBe('pending');
});
