import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalJson, digestOf } from '../../src/fleet/digest.ts';

test('canonical JSON is JSON of the same value, independent of member order', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()), (value) => {
      const text = canonicalJson(value);
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      const turned = Object.fromEntries(Object.entries(value).reverse());
      expect(canonicalJson(turned)).toBe(text);
    }),
  );
});

test('texts are escaped as by JSON.stringify', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(canonicalJson(text)).toBe(JSON.stringify(text));
    }),
  );
});

test('a digest omits the given member at any depth', () => {
  const task = { a: [{ url: 'x', b: 1 }], url: 'y' };
  expect(digestOf(task, 'url')).toBe(digestOf({ a: [{ b: 1 }] }));
  // sha256sum of {"a":1}
  expect(digestOf({ a: 1 })).toBe('sha256:015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862');
});
