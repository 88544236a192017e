import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { CommitSha, EnvironmentName } from '../../src/fleet/brand.ts';
import { errors } from '../../src/fleet/error-catalogue.ts';
import { resourceRef } from '../../src/fleet/resource.ts';
import type { Run } from '../../src/fleet/run.ts';
import { readRun } from '../../src/record/read-run.ts';
import { renderRun } from '../../src/record/run-document.ts';

const resource = resourceRef('Environment', 'acme' as EnvironmentName);
const run: Run = {
  id: '20260501t100000z-abcdefgh',
  commit: 'c0ffee0000000000000000000000000000000000' as CommitSha,
  startedAt: '2026-05-01T10:00:00.000Z',
  endedAt: '2026-05-01T10:00:09.000Z',
  results: [
    {
      action: 'environment.converge:acme',
      kind: 'environment.converge',
      resource,
      outcome: 'failed',
      changed: true,
      reason: 'Drifted',
      changes: [{ field: 'title', before: 'B', after: 'A' }],
      error: { code: errors.convergeFailed, message: 'no space', hint: 'Make some.' },
    },
  ],
  steps: [
    {
      name: 'database',
      resource,
      status: 'failed',
      startedAt: '2026-05-01T10:00:01.000Z',
      durationMs: 1200.4,
      message: 'no space',
    },
  ],
};

test('a run is read as it was recorded', () => {
  expect(readRun(renderRun(run))).toEqual({
    id: run.id,
    revision: run.commit,
    startedAt: run.startedAt,
    endedAt: run.endedAt,
    interrupted: false,
    results: [
      {
        action: 'environment.converge:acme',
        kind: 'environment.converge',
        resource,
        outcome: 'failed',
        reason: 'Drifted',
        changes: [{ field: 'title', before: 'B', after: 'A' }],
        error: { code: errors.convergeFailed, message: 'no space', hint: 'Make some.' },
      },
    ],
    steps: [{ name: 'database', resource, status: 'failed', durationMs: 1200, message: 'no space' }],
  });
});

test.each([
  '',
  'kind: Run',
  '[]',
  'kind: Run\nmetadata: { name: x }\nstartedAt: yesterday\nendedAt: today',
  ': [',
])('an invalid record of a run is ignored: %j', (text) => {
  expect(readRun(text)).toBeUndefined();
});

test('reading a record never throws, whatever it contains', () => {
  const lines = renderRun(run).split('\n');
  fc.assert(
    fc.property(fc.nat(lines.length - 1), fc.string(), fc.boolean(), (at, text, keep) => {
      const changed = lines.with(at, keep ? `${lines[at]} ${text}` : text);
      expect(() => readRun(changed.join('\n'))).not.toThrow();
    }),
  );
});

test.each(['-1', '.inf', '.nan', '1e999'])('a step that took %s ms took none', (durationMs) => {
  const text = `kind: Run\nmetadata: { name: a }\nstartedAt: 2026-05-01T10:00:00Z\nendedAt: 2026-05-01T10:00:00Z\nsteps: [{ name: s, status: ok, durationMs: ${durationMs} }]\n`;
  expect(readRun(text)?.steps.map((step) => step.durationMs)).toEqual([0]);
});
