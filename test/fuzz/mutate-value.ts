import { parse, stringify } from 'yaml';
import type { Random } from '../../src/ports/random.ts';
import { pick, pickOf } from './mutate.ts';

type Value = unknown;

/** Replaced by nested lists, deeper than recursion could write. */
const nestHere = 'nest-here';
const mostNested = 14;

/** Keys with a meaning in JavaScript, and values that code seldom expects. */
const oddKeys = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'valueOf',
  'toJSON',
  'then',
  '',
  '0',
  '-1',
];
const oddValues: readonly Value[] = [
  nestHere,
  null,
  true,
  false,
  0,
  -1,
  1.5,
  Number.MAX_SAFE_INTEGER,
  1e300,
  '',
  ' ',
  '\u0000\u001b[31m\u202e\ud800',
  'x'.repeat(2000),
  [],
  {},
  [[]],
  { toString: 1, valueOf: 1 },
  { length: -1 },
];

/** A JSON or YAML text with one to three of its values changed; undefined when it is not one. */
export function mutateValue(
  format: 'json' | 'yaml',
  text: string,
  words: readonly string[],
  random: Random,
): string | undefined {
  let value: Value;
  try {
    value = format === 'json' ? JSON.parse(text) : parse(text, { logLevel: 'silent', maxAliasCount: 100 });
  } catch {
    return undefined;
  }
  const rounds = 1 + pick(random, 3);
  for (let round = 0; round < rounds; round++) value = changeOne(value, words, random);
  // JSON has no infinity, but parsers read `1e999` as infinity.
  const json = () => JSON.stringify(value)?.replaceAll('1e+300', '1e999');
  try {
    const written = format === 'json' || random.float() < 0.2 ? json() : stringify(value);
    return written?.replace(new RegExp(`"?${nestHere}"?`), () => nested(2 ** pick(random, mostNested + 1)));
  } catch {
    return undefined;
  }
}

function nested(depth: number): string {
  return `${'['.repeat(depth)}${']'.repeat(depth)}`;
}

function changeOne(value: Value, words: readonly string[], random: Random, depth = 0): Value {
  const goOn = depth < 12 && random.float() < 0.75;
  if (Array.isArray(value) && value.length > 0 && goOn) {
    const at = pick(random, value.length);
    return value.map((item, index) => (index === at ? changeOne(item, words, random, depth + 1) : item));
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && goOn) {
    const entries = Object.entries(value);
    const at = pick(random, entries.length + 1);
    const [key, member] = entries[at] ?? [someKey(words, random), someValue(words, random)];
    const changed = entries[at] === undefined ? member : changeOne(member, words, random, depth + 1);
    const renamed = random.float() < 0.05 ? someKey(words, random) : key;
    return fromEntries([...entries.filter((_, index) => index !== at), [renamed, changed]]);
  }
  return random.float() < 0.15 ? wrapped(value, random) : someValue(words, random);
}

/** Defined and not assigned, so that `__proto__` becomes a key. */
function fromEntries(entries: readonly (readonly [string, Value])[]): Value {
  return Object.fromEntries(entries);
}

function wrapped(value: Value, random: Random): Value {
  let at = value;
  for (let depth = 2 ** pick(random, 7); depth > 0; depth--) at = depth % 2 === 0 ? [at] : { a: at };
  return at;
}

function someKey(words: readonly string[], random: Random): string {
  return random.float() < 0.5 ? pickOf(random, oddKeys, '') : pickOf(random, words, 'a');
}

function someValue(words: readonly string[], random: Random): Value {
  return random.float() < 0.5 ? pickOf(random, oddValues, null) : pickOf(random, words, 'a');
}
