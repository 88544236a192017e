import { expect, test } from 'vitest';
import { cleanText } from '../../../src/adapters/hetzner/api-errors.ts';
import { listAll } from '../../../src/adapters/hetzner/listing.ts';
import { fields, id } from '../../../src/adapters/hetzner/reader.ts';
import type { Transport } from '../../../src/adapters/hetzner/transport.ts';
import { token } from './fixtures.ts';

const encoded = Buffer.from(`x${token}`).toString('base64');

test('a token that a provider echoes is not cut in two: what is cut is what was redacted before', () => {
  for (let before = 430; before <= 500; before++) {
    for (const echo of [token, encoded, encodeURIComponent(token)]) {
      expect(cleanText(`${'.'.repeat(before)}${echo}`, token)).not.toContain(echo.slice(4, 14));
    }
  }
  for (let before = 3960; before <= 4000; before++) {
    expect(cleanText(`${'\n'.repeat(before)}${token}`, token)).toBe('[redacted]');
  }
});

/** Has one page after the other, each of that many bytes. */
function endless(sizeBytes: number): { transport: Transport; pages: () => number } {
  let page = 0;
  const transport: Transport = {
    request: async () => {
      page += 1;
      const meta = { pagination: { next_page: page + 1, total_entries: null } };
      return { ...fields({ things: [{ id: page }], meta }, 'GET /things →'), sizeBytes };
    },
    serverTime: () => null,
    monotonic: () => 0,
  };
  return { transport, pages: () => page };
}

test.each([
  ['large', 8 * 1_048_576, {}, 17],
  ['slow', 100, { maxMs: -1 }, 1],
  ['long', 100, {}, 2000],
])('a list that never ends is given up when it is %s', async (_, sizeBytes, limits, pages) => {
  const { transport, pages: asked } = endless(sizeBytes);
  const read = (item: Parameters<typeof id>[0]) => ({ id: id(item, 'id') });
  const request = { path: '/things', key: 'things', read, signal: undefined };
  await expect(listAll(transport, request, limits)).rejects.toMatchObject({ code: 'PL4010' });
  expect(asked()).toBe(pages);
});
