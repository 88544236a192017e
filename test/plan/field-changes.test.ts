import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalJson } from '../../src/fleet/digest.ts';
import { fieldChanges } from '../../src/plan/field-changes.ts';

test('equal values have no changes, whatever the order of their keys', () => {
  expect(fieldChanges({ a: 1, b: { c: [1] } }, { b: { c: [1] }, a: 1 })).toEqual([]);
});

test('differences are leaf by leaf and sorted by field', () => {
  expect(fieldChanges({ z: 1, a: { b: 1, c: 2 } }, { z: 2, a: { b: 1, c: 3, d: 4 } })).toEqual([
    { field: 'a.c', before: 2, after: 3 },
    { field: 'a.d', before: null, after: 4 },
    { field: 'z', before: 1, after: 2 },
  ]);
});

test('lists of packages are compared by slug, so that a new one is one change', () => {
  const akismet = { slug: 'akismet', version: '5.5' };
  expect(
    fieldChanges({ plugins: [akismet] }, { plugins: [{ slug: 'redis', version: '2' }, akismet] }),
  ).toEqual([{ field: 'plugins.redis', before: null, after: { version: '2' } }]);
  expect(fieldChanges({ plugins: [akismet] }, { plugins: [{ ...akismet, version: '5.6' }] })).toEqual([
    { field: 'plugins.akismet.version', before: '5.5', after: '5.6' },
  ]);
});

test.each([
  ['a field', { auth: { password_hash: 'S3CRET' } }, { auth: { password_hash: 'other' } }],
  ['an object that appears', {}, { auth: { user: 'me', password_hash: 'S3CRET' } }],
  ['an object that goes', { auth: { deep: [{ token: 'S3CRET' }] } }, { auth: null }],
  ['a constant', { constants: {} }, { constants: { SMTP_PASSWORD: 'S3CRET', API_KEY: 'S3CRET' } }],
])('a secret in %s is redacted', (_, before, after) => {
  const text = JSON.stringify(fieldChanges(before, after));
  expect(text).toContain('[redacted]');
  expect(text).not.toContain('S3CRET');
});

const json = fc.jsonValue({ maxDepth: 3 });

test('there are changes exactly when two values differ as canonical JSON', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), json), fc.dictionary(fc.string(), json), (a, b) => {
      const differs = canonicalJson(a) !== canonicalJson(b);
      const named = JSON.stringify([a, b]).includes('slug');
      fc.pre(!named && !JSON.stringify([a, b]).includes('null'));
      expect(fieldChanges(a, b).length > 0).toBe(differs);
      expect(fieldChanges(a, structuredClone(a))).toEqual([]);
    }),
    { examples: [[{ x: [] }, {}]] },
  );
});

test('a secret that a record does not contain is no change', () => {
  expect(fieldChanges({ password: '[redacted]', title: 'a' }, { password: 'S3CRET', title: 'b' })).toEqual([
    { field: 'title', before: 'a', after: 'b' },
  ]);
});
