import { expect, test } from 'vitest';
import type { ResourceRef } from '../../src/fleet/brand.ts';
import type { Reason } from '../../src/fleet/reasons.ts';
import type { StatusDocument } from '../../src/fleet/recorded.ts';
import type { ActionResult, Run } from '../../src/fleet/run.ts';
import { recordMessage } from '../../src/record/record-message.ts';
import {
  commitSha,
  environmentRef,
  nodeRef,
  recordedFleet,
  statusDocument,
  testAt,
} from '../support/fleet-builders.ts';

const acme = statusDocument(environmentRef('acme'), withReady('True', 'Converged'));
const shop = statusDocument(environmentRef('shop'), withReady('True', 'Converged'));
const web = statusDocument(nodeRef('web-1'), withReady('True', 'Provisioned'));
const revision = commitSha('source');
const short = revision.slice(0, 7);

function withReady(status: 'True' | 'False', reason: Reason): Partial<StatusDocument> {
  return { conditions: [{ type: 'Ready', status, reason, message: '', lastTransitionTime: testAt }] };
}

function wanted(...documents: readonly StatusDocument[]) {
  return new Map(documents.map((document) => [document.ref, document]));
}

function run(...results: readonly Partial<ActionResult>[]): Run {
  const complete = results.map((result, at) => ({
    action: `environment.converge:${at}`,
    kind: 'environment.converge' as const,
    resource: acme.ref,
    outcome: 'succeeded' as const,
    changed: true,
    ...result,
  })) as readonly ActionResult[];
  const id = '20260101t000000z-abcdefgh';
  return { id, commit: revision, startedAt: testAt, endedAt: testAt, results: complete, steps: [] };
}

function message(
  before: readonly StatusDocument[],
  after: readonly StatusDocument[],
  ...runs: readonly Run[]
): string {
  return recordMessage({ recorded: recordedFleet(before), wanted: wanted(...after), revision, runs });
}

const subjectOf = (text: string) => text.split('\n')[0];

test('the subject names a single transition', () => {
  const down = { ...acme, ...withReady('False', 'HttpFailed') };
  expect(message([acme], [down], run())).toBe(
    `status: environment/acme: Ready (Converged) → HttpFailed\n\n` +
      `Pressluft-Source-Revision: ${revision}\nPressluft-Run: ${run().id}\n`,
  );
});

test('the body lists several transitions, new and removed resources with them', () => {
  expect(message([web], [acme])).toContain(
    'status: 2 transitions\n\n* environment/acme: Ready (Converged)\n* node/web-1: removed\n',
  );
});

test('changed facts alone are named as such, and a commit that changes nothing as well', () => {
  expect(subjectOf(message([acme], [{ ...acme, details: { http: 301 } }]))).toBe(
    'status: facts of environment/acme',
  );
  const details = { ipv4: '192.0.2.1' };
  expect(
    subjectOf(
      message(
        [acme, web],
        [
          { ...acme, details },
          { ...web, details },
        ],
      ),
    ),
  ).toBe('status: facts of 2 resources');
  const fleet = statusDocument('pressluft/acme' as ResourceRef, {
    ...withReady('True', 'Valid'),
    observedRevision: commitSha('before'),
  });
  expect(subjectOf(message([fleet], [{ ...fleet, observedRevision: revision }]))).toBe(
    `status: no changes for ${short}`,
  );
});

test('a resource that stays Ready with another commit applied is listed', () => {
  const before = { ...acme, appliedRevision: commitSha('before') };
  const after = { ...acme, appliedRevision: revision };
  expect(subjectOf(message([before], [after]))).toBe(`status: environment/acme: applied ${short}`);
});

test.each<readonly [string, readonly Partial<ActionResult>[], string]>([
  [
    'a repaired drift, with what had drifted',
    [{ reason: 'Drifted', changes: [{ field: 'title', before: 'B', after: 'A' }] }],
    'repaired environment/acme (title)',
  ],
  ['a commit applied to one resource', [{ reason: 'SpecChanged' }], `applied ${short} to environment/acme`],
  [
    'resources by kind',
    [
      { reason: 'SpecChanged' },
      { reason: 'Missing', resource: shop.ref },
      { reason: 'Missing', resource: web.ref, kind: 'node.provision' },
    ],
    `applied ${short} to 2 environments and 1 node`,
  ],
  [
    'failures first',
    [
      { reason: 'SpecChanged', resource: shop.ref },
      { reason: 'SpecChanged', outcome: 'failed' },
    ],
    `environment/acme failed, applied ${short} to environment/shop`,
  ],
  ['a removal', [{ reason: 'Removed', kind: 'environment.delete' }], 'removed environment/acme'],
])('the subject says what happened: %s', (_, results, subject) => {
  expect(subjectOf(message([acme], [acme], run(...results)))).toBe(`status: ${subject}`);
});

test('an interrupted run is named', () => {
  expect(subjectOf(message([acme], [acme], { ...run(), interrupted: true }))).toBe(
    'status: 1 run interrupted',
  );
});

test('the subject fits a line, and control characters of a field do not reach it', () => {
  const field = `file:/etc/\u001b[31m${'x'.repeat(200)}`;
  const subject = subjectOf(
    message([acme], [acme], run({ reason: 'Drifted', changes: [{ field, before: null, after: '' }] })),
  );
  expect(subject?.length).toBeLessThanOrEqual(100);
  expect(subject).not.toContain('\u001b');
});

test('ten thousand transitions make a message far below the size that readers accept, with their number', () => {
  const refs = Array.from({ length: 10_000 }, (_, at) =>
    environmentRef(`environment-with-a-long-name-${at}`),
  );
  const before = refs.map((ref) => statusDocument(ref, withReady('True', 'Converged')));
  const after = refs.map((ref) => statusDocument(ref, withReady('False', 'NodeUnreachable')));
  const text = message(before, after);
  expect(text.length).toBeLessThan(64 * 1024);
  expect(subjectOf(text)).toBe('status: 10000 transitions');
  expect(text).toContain('* and 9800 more: 9800 NodeUnreachable\n');
});
