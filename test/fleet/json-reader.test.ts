import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseJson, readJson } from '../../src/fleet/json-reader.ts';

const reply = readJson(
  JSON.parse(
    '{"name":"web-1","size":2.5,"count":3,"on":true,"none":null,"items":[{"id":1},"x"],"__proto__":{"evil":true}}',
  ),
  'GET /servers → ',
);

describe('a member', () => {
  test('is read with its type', () => {
    expect(reply.at('name').text()).toBe('web-1');
    expect(reply.at('size').number()).toBe(2.5);
    expect(reply.at('count').integer()).toBe(3);
    expect(reply.at('on').flag()).toBe(true);
    expect(reply.at('name').oneOf(['web-1', 'web-2'])).toBe('web-1');
    expect(reply.at('items').list()[0]?.at('id').integer()).toBe(1);
  });

  test('of another type, or missing, is the fallback of its getter', () => {
    for (const key of ['items', 'none', 'missing', 'on']) {
      const member = reply.at(key);
      expect([member.text(), member.number(), member.integer(), member.oneOf(['a'])]).toEqual([
        null,
        null,
        null,
        null,
      ]);
    }
    expect(reply.at('size').integer()).toBeNull();
    expect(reply.at('name').flag()).toBe(false);
    expect(reply.at('name').list()).toEqual([]);
    expect(reply.at('name').entries()).toEqual([]);
    expect(reply.at('items').mapping()).toBeNull();
    expect(reply.at('none').at('deeper').at('still').text()).toBeNull();
  });

  test('is its own, never one of a prototype', () => {
    expect(reply.at('constructor').kind).toBe('nothing');
    expect(readJson({}).at('__proto__').kind).toBe('nothing');
    expect(reply.entries().map(([key]) => key)).not.toContain('__proto__');
  });

  test('knows its kind and its path', () => {
    const kinds = ['name', 'size', 'on', 'none', 'missing', 'items'].map((key) => reply.at(key).kind);
    expect(kinds).toEqual(['text', 'number', 'flag', 'nothing', 'nothing', 'list']);
    expect(reply.at('items').list()[0]?.at('id').path).toBe('GET /servers → items[0].id');
    expect(readJson({}).at('a').at('b').path).toBe('a.b');
  });
});

test('texts, lists and mappings are bounded', () => {
  expect(readJson('abcdef').text(3)).toBe('abc');
  expect(readJson([1, 2, 3]).list(2)).toHaveLength(2);
  expect(readJson({ a: 1, b: 2, c: 3 }).entries(2)).toHaveLength(2);
  expect(readJson({ ['k'.repeat(300)]: 1, b: 2 }).entries()).toHaveLength(1);
  let deep: unknown = 1;
  for (let level = 0; level < 100; level++) deep = { deep };
  expect(readJson(deep).mapping()).toBeNull();
});

test('invalid JSON gives nothing, and a number out of range is absent', () => {
  expect(parseJson('no JSON')).toBeUndefined();
  expect(parseJson('{"a":1e999}')?.at('a').number()).toBeNull();
});

test('no getter fails for any answer', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 4 }), fc.string(), (text, key) => {
      const reader = parseJson(text);
      for (const at of [reader, reader?.at(key), reader?.list()[0], reader?.entries()[0]?.[1]]) {
        at?.text();
        at?.number();
        at?.integer();
        at?.flag();
        at?.mapping();
        at?.oneOf(['a']);
        expect(at?.list(3).length ?? 0).toBeLessThanOrEqual(3);
      }
    }),
  );
});
