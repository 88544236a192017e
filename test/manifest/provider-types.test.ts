import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { providers } from '../../src/main/providers.ts';
import { providerTypes } from '../../src/manifest/kinds/provider/types/index.ts';

const schema = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../schemas/provider.schema.json'), 'utf8'),
);
const { spec } = schema.properties;
const types = Object.entries(providerTypes);
const clouds = types.filter(([, { machines }]) => machines === 'acquired').map(([name]) => name);

test('the schema lists every type of provider', () => {
  expect([...spec.properties.type.enum].sort()).toEqual(types.map(([name]) => name).sort());
});

test('the schema requires a token of every type that acquires machines, and of no other', () => {
  const rule = spec.allOf.find(
    ({ then }: { then: { required?: string[] } }) => then.required?.[0] === 'token',
  );
  expect([...rule.if.properties.type.enum].sort()).toEqual([...clouds].sort());
});

test('every type that acquires machines has an adapter', () => {
  expect(Object.keys(providers).sort()).toEqual([...clouds].sort());
});
