import { expect, test } from 'vitest';
import { cleanText } from '../../../src/adapters/hetzner/api-errors.ts';
import { listAll } from '../../../src/adapters/hetzner/listing.ts';
import { fields, id } from '../../../src/adapters/hetzner/reader.ts';
import type { Transport } from '../../../src/adapters/hetzner/transport.ts';
import { errors } from '../../../src/fleet/error-catalogue.ts';
import { cloudFor, serverRequest, token } from './fixtures.ts';
import { apiError, startApi } from './scripted-api.ts';

const encoded = Buffer.from(`x${token}`).toString('base64');

test('a token that a provider echoes is redacted before the text is cut', () => {
  for (let before = 430; before <= 500; before++) {
    for (const echo of [token, encoded, encodeURIComponent(token)]) {
      expect(cleanText(`${'.'.repeat(before)}${echo}`, token)).not.toContain(echo.slice(4, 14));
    }
  }
  for (let before = 3960; before <= 4000; before++) {
    expect(cleanText(`${'\n'.repeat(before)}${token}`, token)).toBe('[redacted]');
  }
});

test('a private key that was sent is not quoted back', async () => {
  const line = 'b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtz';
  const userData = `#cloud-config\n  ed25519_private: |\n    -----BEGIN OPENSSH PRIVATE KEY-----\n    ${line}\n    -----END OPENSSH PRIVATE KEY-----\n`;
  const api = await startApi(({ body }) =>
    apiError(422, 'invalid_input', `bad: ${JSON.stringify(body).slice(200)}`),
  );
  const { cloud } = cloudFor(api);
  try {
    const error: unknown = await cloud
      .createServer({ ...serverRequest, userData })
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: errors.requestRejected,
      message: expect.stringContaining('[redacted]'),
    });
    expect(String(error)).not.toContain(line.slice(0, 12));
  } finally {
    await api.close();
  }
});

/** An endless list of pages of the given size. */
function endless(sizeBytes: number): { transport: Transport; pages: () => number } {
  let page = 0;
  const transport: Transport = {
    request: async () => {
      page += 1;
      const meta = { pagination: { next_page: page + 1, total_entries: null } };
      return Object.assign(fields({ things: [{ id: page }], meta }, 'GET /things → '), { sizeBytes });
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
])('an endless list is aborted when it is %s', async (_, sizeBytes, limits, pages) => {
  const { transport, pages: asked } = endless(sizeBytes);
  const read = (item: Parameters<typeof id>[0]) => ({ id: id(item, 'id') });
  const request = { path: '/things', key: 'things', read, signal: undefined };
  await expect(listAll(transport, request, limits)).rejects.toMatchObject({
    code: errors.providerReplyInvalid,
  });
  expect(asked()).toBe(pages);
});
