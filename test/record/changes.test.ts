import { expect, test } from 'vitest';
import type { ResourceRef } from '../../src/fleet/brand.ts';
import type { Reason } from '../../src/fleet/reasons.ts';
import type { StatusDocument } from '../../src/fleet/recorded.ts';
import type { Run } from '../../src/fleet/run.ts';
import { recordChanges } from '../../src/record/changes.ts';
import { renderRun, runPath } from '../../src/record/run-document.ts';
import {
  commitSha,
  environmentRef,
  nodeRef,
  recordedFleet,
  statusDocument,
  testAt,
} from '../support/fleet-builders.ts';

const acme = statusDocument(environmentRef('acme'), withReady('True', 'Converged'));
const web = statusDocument(nodeRef('web-1'), withReady('True', 'Provisioned'));
const revision = commitSha('source');

function withReady(status: 'True' | 'False', reason: Reason): Partial<StatusDocument> {
  return { conditions: [{ type: 'Ready', status, reason, message: '', lastTransitionTime: testAt }] };
}

function wanted(...documents: readonly StatusDocument[]) {
  return new Map(documents.map((document) => [document.ref, document]));
}

const run: Run = {
  id: '20260101t000000z-abcdefgh',
  commit: revision,
  startedAt: testAt,
  endedAt: testAt,
  results: [],
  steps: [
    { name: 'live', resource: acme.ref, status: 'running', startedAt: testAt, durationMs: 0 },
    { name: 'database', resource: acme.ref, status: 'ok', startedAt: testAt, durationMs: 12.6 },
  ],
};

test('without changes there is nothing to commit', () => {
  expect(recordChanges(recordedFleet([acme, web]), wanted(acme, web), []).size).toBe(0);
});

test('only changed documents are written, and missing ones are deleted', () => {
  const moved = { ...acme, ...withReady('False', 'HttpFailed') };
  const changes = recordChanges(recordedFleet([acme, web]), wanted(moved), []);
  expect([...changes.keys()]).toEqual(['status/environment/acme.yaml', 'status/node/web-1.yaml']);
  expect(changes.get('status/environment/acme.yaml')).toContain('reason: HttpFailed');
  expect(changes.get('status/node/web-1.yaml')).toBeNull();
});

test('a run is a document under its month, with whole milliseconds and without live-only values', () => {
  expect(runPath(run)).toBe('runs/2026-01/20260101t000000z-abcdefgh.yaml');
  const text = recordChanges(recordedFleet([acme]), wanted(acme), [run]).get(runPath(run));
  expect(text).toBe(renderRun(run));
  expect(text).toContain('durationMs: 13');
  expect(text).not.toContain('live');
});

test('an interrupted run says so', () => {
  expect(renderRun({ ...run, interrupted: true })).toContain('interrupted: true');
  expect(renderRun(run)).not.toContain('interrupted');
});

test('a run keeps its last two hundred steps', () => {
  const steps = Array.from({ length: 300 }, (_, index) => ({
    name: `step-${index}.`,
    resource: acme.ref,
    status: 'ok' as const,
    startedAt: testAt,
    durationMs: 1,
  }));
  const text = renderRun({ ...run, steps });
  expect(text.match(/name: step-/g)).toHaveLength(200);
  expect(text).toContain('step-299.');
  expect(text).not.toContain('step-99.');
});

test('a server type that is sold out, or obtainable again, makes no commit, and is recorded by the next', () => {
  const offer = (more: object, asOf: string) => {
    const cx23 = {
      architecture: 'x86',
      cores: 2,
      memoryMib: 4096,
      diskGib: 40,
      locations: ['fsn1'],
      ...more,
    };
    return statusDocument('provider/hetzner' as ResourceRef, {
      details: { serverTypes: { asOf, types: { cx23 } } },
    });
  };
  const [before, after] = [offer({}, testAt), offer({ soldOut: ['fsn1'] }, '2030-01-01T00:00:00Z')];
  const recorded = recordedFleet([before, acme]);
  expect(recordChanges(recorded, wanted(after, acme), []).size).toBe(0);
  const moved = { ...acme, ...withReady('False', 'HttpFailed') };
  const changes = recordChanges(recorded, wanted(after, moved), []);
  expect([...changes.keys()]).toEqual(['status/environment/acme.yaml', 'status/provider/hetzner.yaml']);
  expect(changes.get('status/provider/hetzner.yaml')).toContain('soldOut:');
  const retired = offer({ until: { fsn1: '2031-01-01T00:00:00Z' } }, testAt);
  expect([...recordChanges(recorded, wanted(retired, acme), []).keys()]).toEqual([
    'status/provider/hetzner.yaml',
  ]);
});
