import { expect, test } from 'vitest';
import { isPlainJson } from '../../src/fleet/plain-json.ts';

const nested = (levels: number): unknown => JSON.parse('{"a":['.repeat(levels / 2) + ']}'.repeat(levels / 2));

test('64 levels are plain, one more and a million are not', () => {
  expect(isPlainJson('text')).toBe(true);
  expect(isPlainJson(nested(64))).toBe(true);
  expect(isPlainJson([nested(64)])).toBe(false);
  expect(isPlainJson(nested(1_000_000))).toBe(false);
  expect(isPlainJson({ wide: Array.from({ length: 200_000 }, () => [1]) })).toBe(true);
});

test('a number that is read as infinity is not plain, wherever it is', () => {
  expect(isPlainJson(JSON.parse('1e999'))).toBe(false);
  expect(isPlainJson(JSON.parse('{"a":[{"b":-1e999}]}'))).toBe(false);
});
