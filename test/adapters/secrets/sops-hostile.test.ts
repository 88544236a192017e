import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createSecrets } from '../../../src/adapters/secrets/create-secrets.ts';
import { PressluftError } from '../../../src/fleet/errors.ts';
import { tokenUse } from '../../support/token-use.ts';
import { fixture, identity } from './sops-fixtures.ts';

/** Result for a file: its secret, or the code of the error. Anything else thrown is a bug. */
async function outcome(bytes: Uint8Array): Promise<string> {
  const secrets = createSecrets({
    env: { SOPS_AGE_KEY: await identity('controller') },
    secretsDir: '/nonexistent',
  });
  try {
    return await secrets.resolve(
      { kind: 'sops', file: 'x.yaml', key: ['hetzner', 'token'] },
      tokenUse,
      async () => bytes,
    );
  } catch (error) {
    if (error instanceof PressluftError) return error.code;
    throw error;
  }
}

test('any bytes result in an error of the catalogue', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 500 }), async (bytes) => {
      expect(await outcome(bytes)).toMatch(/^PL203\d$/);
    }),
  );
});

test.each(['default.sops.yaml', 'default.sops.json'])(
  'a damaged %s results in an error or in the original secret, and in nothing else',
  async (name) => {
    const original = await fixture(name);
    const secret = await outcome(original);
    expect(secret).toContain('canary');
    await fc.assert(
      fc.asyncProperty(
        fc.nat(original.length - 1),
        fc.uint8Array({ minLength: 1, maxLength: 3 }),
        fc.nat(40),
        async (at, put, removed) => {
          const bytes = Buffer.concat([original.subarray(0, at), put, original.subarray(at + removed)]);
          expect(await outcome(bytes)).toMatch(new RegExp(`^(PL203\\d|${secret})$`));
        },
      ),
      { numRuns: 300 },
    );
  },
);
