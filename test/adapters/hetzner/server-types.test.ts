import { afterEach, expect, test } from 'vitest';
import { errors } from '../../../src/fleet/error-catalogue.ts';
import { cloudFor } from './fixtures.ts';
import { type Answer, apiError, inOrder, page, type ScriptedApi, startApi } from './scripted-api.ts';

let api: ScriptedApi;
afterEach(() => api.close());

/** As in the description of the API, with members that are not read left in. */
function typeJson(id: number, overrides: Readonly<Record<string, unknown>> = {}) {
  return {
    id,
    name: `cx${id}`,
    description: `CX${id}`,
    cores: 2,
    memory: 4,
    disk: 40,
    deprecated: false,
    deprecation: null,
    prices: [],
    storage_type: 'local',
    cpu_type: 'shared',
    architecture: 'x86',
    locations: [place('fsn1')],
    ...overrides,
  };
}

function place(name: string, overrides: Readonly<Record<string, unknown>> = {}) {
  return { id: 1, name, deprecation: null, recommended: true, available: true, ...overrides };
}

async function listed(...answers: readonly Answer[]) {
  api = await startApi(inOrder(...answers));
  return cloudFor(api).cloud.listServerTypes();
}

test('sizes are in GiB and MiB, and availability and retirement are reported for each location', async () => {
  const deprecation = {
    announced: '2025-10-16T06:00:00Z',
    unavailable_after: '2026-01-01T01:00:00+01:00',
  };
  const locations = [place('fsn1'), place('nbg1', { available: false }), place('hel1', { deprecation })];
  const types = await listed(
    page('server_types', [typeJson(23, { locations }), typeJson(24, { memory: 0.5, architecture: 'arm' })]),
  );
  expect(types).toEqual([
    {
      name: 'cx23',
      cores: 2,
      memoryMib: 4096,
      diskGib: 40,
      architecture: 'x86',
      locations: [
        { location: 'fsn1', available: true, unavailableAfter: null },
        { location: 'nbg1', available: false, unavailableAfter: null },
        { location: 'hel1', available: true, unavailableAfter: '2026-01-01T00:00:00Z' },
      ],
    },
    expect.objectContaining({ name: 'cx24', memoryMib: 512, architecture: 'arm' }),
  ]);
  expect(api.requests()).toEqual(['GET /server_types']);
});

test('every page is read', async () => {
  const types = await listed(
    page('server_types', [typeJson(1)], { next_page: 2, total_entries: 2 }),
    page('server_types', [typeJson(2)], { page: 2, total_entries: 2 }),
  );
  expect(types.map(({ name }) => name)).toEqual(['cx1', 'cx2']);
});

test('an unknown architecture does not affect the other types', async () => {
  const types = await listed(page('server_types', [typeJson(1, { architecture: 'riscv' }), typeJson(2)]));
  expect(types.map(({ name }) => name)).toEqual(['cx2']);
});

test.each([
  ['a name that is no word', { name: 'cx23\u001b[31m' }],
  ['no name', { name: null }],
  ['memory below zero', { memory: -4 }],
  ['memory that is text', { memory: '4' }],
  ['no locations', { locations: undefined }],
  ['an availability that is no truth value', { locations: [place('fsn1', { available: 'yes' })] }],
  ['a retirement at no time', { locations: [place('fsn1', { deprecation: { unavailable_after: 'soon' } })] }],
  ['a location that is no word', { locations: [place('../fsn1')] }],
])('a reply with %s is refused', async (_, overrides) => {
  await expect(listed(page('server_types', [typeJson(1, overrides)]))).rejects.toMatchObject({
    code: errors.providerReplyInvalid,
  });
});

test('a refused token is reported as refused', async () => {
  await expect(listed(apiError(401, 'unauthorized'))).rejects.toMatchObject({ code: errors.tokenRefused });
});
