import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { StatusDocument } from '../../../src/fleet/recorded.ts';
import { parseStatus, renderStatus, statusPath } from '../../../src/record/status/status-document.ts';
import {
  commitSha,
  digest,
  environmentRef,
  nodeRef,
  statusDocument,
  testAt,
} from '../../support/fleet-builders.ts';

const full = statusDocument(environmentRef('acme-production'), {
  observedRevision: commitSha('a'),
  appliedRevision: commitSha('b'),
  appliedDigest: digest('c'),
  protected: true,
  deletionPolicy: 'delete',
  node: 'web-1',
  conditions: [
    {
      type: 'Ready',
      status: 'False',
      reason: 'HttpFailed',
      message: 'two\nlines: "quoted" # no comment',
      nextStep: 'Look.',
      lastTransitionTime: testAt,
    },
    {
      type: 'Reconciling',
      status: 'True',
      reason: 'MaintenanceWindow',
      message: 'waits for maintenance window nights',
      notBefore: '2026-01-02T01:00:00.000Z',
      timezone: 'Europe/Berlin',
      lastTransitionTime: testAt,
    },
  ],
  details: {
    url: 'http://acme.example/',
    http: 200,
    plugins: { akismet: '5.5' },
    list: [1, 'no', true, null],
  },
});

test('a document is read as it was written', () => {
  expect(parseStatus(renderStatus(full))).toEqual(full);
  const least = statusDocument(nodeRef('web-1'));
  expect(parseStatus(renderStatus(least))).toEqual(least);
});

test('any text in a message or in details is read as it was written', () => {
  const anyText = fc.string({ unit: 'binary', maxLength: 40 });
  fc.assert(
    fc.property(
      anyText,
      fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 4 }),
      (message, details) => {
        fc.pre(!Object.hasOwn(details, '__proto__'));
        const condition = {
          type: 'Ready',
          status: 'True',
          reason: 'Converged',
          lastTransitionTime: testAt,
        } as const;
        const written: StatusDocument = { ...full, conditions: [{ ...condition, message }], details };
        const read = parseStatus(renderStatus(written));
        expect(read?.conditions[0]?.message).toBe(message);
        expect(JSON.stringify(read?.details)).toBe(JSON.stringify(details));
      },
    ),
    { numRuns: 60 },
  );
});

test('a value in two places is written twice, since aliases are refused when reading', () => {
  const shared = { akismet: '5.5' };
  const written = { ...full, details: { plugins: shared, before: shared } };
  expect(parseStatus(renderStatus(written))).toEqual(written);
});

test('the path is made of kind and name', () => {
  expect(statusPath(full.ref)).toBe('status/environment/acme-production.yaml');
});

test.each([
  ['nothing', ''],
  ['no mapping', '- a\n- b\n'],
  ['broken YAML', 'a: [\n'],
  ['another kind', renderStatus(full).replace('kind: Status', 'kind: Run')],
  ['a path as resource', renderStatus(full).replace('environment/acme-production', 'environment/../../x')],
  ['an alias bomb', `a: &a [1]\nb: [*a, *a]\n${renderStatus(full)}`],
])('%s is no status document', (_, text) => {
  expect(parseStatus(text)).toBeUndefined();
});

test('invalid members are omitted, and the rest is read', () => {
  const text = renderStatus(full)
    .replace(/appliedRevision: .*/, 'appliedRevision: main')
    .replace('deletionPolicy: delete', 'deletionPolicy: burn')
    .replace(/type: (Ready|Reconciling)/g, 'type: Happy')
    .replace('protected: true', 'protected: "true"');
  expect(parseStatus(text)).toMatchObject({
    node: 'web-1',
    appliedRevision: null,
    deletionPolicy: null,
    protected: false,
    conditions: [],
  });
});

test('a too large record of a node can be read, without the large values', () => {
  const orphans = Array.from({ length: 5000 }, (_, index) => ({ name: `orphan-${index}`, state: 'running' }));
  const large = statusDocument(nodeRef('web-1'), {
    protected: true,
    details: { ipv4: '192.0.2.1', hostKey: 'ssh-ed25519 AAAA', observed: { state: 'ready', orphans } },
    applied: { long: Array.from({ length: 20_000 }, () => '\u202e') },
  });
  const text = renderStatus(large);
  expect(Buffer.byteLength(text)).toBeLessThan(512 * 1024);
  expect(parseStatus(text)).toEqual({
    ...large,
    applied: null,
    details: { ipv4: '192.0.2.1', hostKey: 'ssh-ed25519 AAAA' },
  });
});

test('characters that would show a reader another text are escaped', () => {
  const message = 'safe \u202egnp.exe\u202c and \u200bhidden';
  const text = renderStatus(statusDocument(nodeRef('web-1'), { details: { message } }));
  expect(text).toContain('\\u202egnp.exe\\u202c and \\u200bhidden');
  expect(parseStatus(text)?.details).toEqual({ message });
});

test('a too deeply nested text is no record', () => {
  const nested = '['.repeat(200_000) + ']'.repeat(200_000);
  expect(
    parseStatus(`kind: Status\nresource: node/web-1\nuid: a\ndetails:\n  a: ${nested}\n`),
  ).toBeUndefined();
});
