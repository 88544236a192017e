import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { ChannelType } from '../../src/manifest/kinds/pressluft/channels/channel-type.ts';
import { channelTypes } from '../../src/manifest/kinds/pressluft/channels/index.ts';

const schema = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../schemas/pressluft.schema.json'), 'utf8'),
);
const { properties, allOf } = schema.properties.spec.properties.notifications.items;

interface ChannelRule {
  readonly if: { readonly properties: { readonly type: { readonly enum: readonly string[] } } };
  readonly then: { readonly required: readonly string[] };
}
const channels: readonly (readonly [string, ChannelType])[] = Object.entries(channelTypes);

test('the schema lists every type of channel', () => {
  expect([...properties.type.enum].sort()).toEqual(channels.map(([name]) => name).sort());
});

test('the schema has the address of every channel, and no field that no channel has', () => {
  const own = channels.flatMap(([, { address }]) => address);
  const expected = new Set(['type', 'url', 'token', 'events', ...own]);
  expect(Object.keys(properties).sort()).toEqual([...expected].sort());
});

test('the schema requires of each channel its address, and a server where there is no public one', () => {
  const rules = (allOf as readonly ChannelRule[]).map((rule) => [
    ...rule.if.properties.type.enum,
    [...rule.then.required].sort(),
  ]);
  const expected = channels.map(([name, { address, defaultUrl }]) => [
    name,
    [...address, ...(defaultUrl === null ? ['url'] : [])].sort(),
  ]);
  expect(rules.sort()).toEqual(expected.sort());
});

test('the schema promises the public server of the only channel that has one', () => {
  const servers = channels.flatMap(([, { defaultUrl }]) => (defaultUrl === null ? [] : [defaultUrl]));
  expect(servers).toEqual([properties.url.default]);
});
