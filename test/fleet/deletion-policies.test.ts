import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { deletionPolicies } from '../../src/fleet/desired.ts';

const schemas = join(import.meta.dirname, '../../schemas');

test('every schema that lists deletion policies lists the same', () => {
  const lists = globSync('*.json', { cwd: schemas }).flatMap((name) =>
    enumsWith('retain', JSON.parse(readFileSync(join(schemas, name), 'utf8'))),
  );
  expect(lists).toHaveLength(2);
  for (const list of lists) expect(list.toSorted()).toEqual(deletionPolicies.toSorted());
});

function enumsWith(value: string, schema: unknown): readonly string[][] {
  if (typeof schema !== 'object' || schema === null) return [];
  const own =
    'enum' in schema && Array.isArray(schema.enum) && schema.enum.includes(value) ? [schema.enum] : [];
  return [...own, ...Object.values(schema).flatMap((member) => enumsWith(value, member))];
}
