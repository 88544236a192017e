import { execFile, execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { generateHybridIdentity, generateX25519Identity, identityToRecipient } from 'age-encryption';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { createSecrets } from '../../src/adapters/secrets/create-secrets.ts';
import { errors } from '../../src/fleet/error-catalogue.ts';
import { tokenUse } from '../support/token-use.ts';

/** The real program: `sops` on the PATH, or the one that PRESSLUFT_TEST_SOPS names. */
const sops = process.env.PRESSLUFT_TEST_SOPS ?? 'sops';
const run = promisify(execFile);

describe.skipIf(!isThere())('a file of the real sops (skipped without sops)', () => {
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'pressluft-sops-'));
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  const name = fc.stringMatching(/^[a-z][a-z0-9_.-]{0,12}$/).filter((key) => key !== 'sops');
  const scalar = fc.oneof(
    fc
      .string({ unit: 'grapheme', maxLength: 40 })
      .filter((text) => text.isWellFormed() && !/\p{Cc}/u.test(text)),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e15, max: 1e15 }),
    fc.boolean(),
    fc.constant(null),
    fc.constantFrom('2026-11-20', 'line one\nline two', '0x1f', 'true', '~', ' padded ', '1e3'),
  );
  const { tree } = fc.letrec((tie) => ({
    tree: fc.dictionary(name, tie('node'), { maxKeys: 5 }),
    node: fc.oneof(
      { maxDepth: 3 },
      scalar,
      fc.array(tie('node'), { maxLength: 3 }),
      fc.dictionary(name, tie('node'), { maxKeys: 3 }),
    ),
  }));
  const flags = fc.constantFrom<readonly string[]>(
    [],
    ['--encrypted-regex', '^(secret|[a-m])'],
    ['--unencrypted-regex', '^[a-m]'],
    ['--encrypted-suffix', 't'],
    ['--unencrypted-suffix', 't'],
  );

  test.each(['yaml', 'json'])(
    'is decrypted to the same text, with any other content of the %s file',
    async (format) => {
      const key = await generateX25519Identity();
      await fc.assert(
        fc.asyncProperty(
          tree,
          flags,
          fc.string({ minLength: 1, maxLength: 30 }),
          async (rest, rules, secret) => {
            fc.pre(secret.trim() !== '' && !/\p{Cc}/u.test(secret));
            // Every rule of `flags` has this value encrypted.
            const document = { ...(rest as object), secret: { nest: { secret_t: secret } } };
            const applied = rules[0] === '--unencrypted-suffix' ? [] : rules;
            const content =
              format === 'json'
                ? JSON.stringify(document)
                : stringify(document, { defaultStringType: 'QUOTE_DOUBLE' });
            const bytes = await encrypt(content, await identityToRecipient(key), format, applied);
            const found = await read(bytes, key, ['secret', 'nest', 'secret_t']);
            expect(found).toBe(secret.replace(/[\r\n]+$/, ''));
          },
        ),
        { numRuns: 40 },
      );
    },
    120_000,
  );

  test('is decrypted with a post-quantum key', async () => {
    const key = await generateHybridIdentity();
    const bytes = await encrypt('token: abcdef', await identityToRecipient(key), 'yaml', []);
    expect(await read(bytes, key, ['token'])).toBe('abcdef');
  });

  test('is refused as soon as sops refuses it', async () => {
    const key = await generateX25519Identity();
    const bytes = await encrypt('token: abcdef\nother: ghijkl\n', await identityToRecipient(key), 'yaml', []);
    const changed = new TextDecoder().decode(bytes).replace(/^other: .*\n/m, '');
    const file = join(dir, 'changed.yaml');
    await writeFile(file, changed);
    await expect(run(sops, ['decrypt', file], { env: { SOPS_AGE_KEY: key } })).rejects.toThrow(
      'MAC mismatch',
    );
    await expect(read(new TextEncoder().encode(changed), key, ['token'])).rejects.toMatchObject({
      code: errors.sopsTampered,
    });
  });

  async function encrypt(content: string, recipient: string, format: string, rules: readonly string[]) {
    const file = join(dir, `plain.${format}`);
    await writeFile(file, content);
    const args = ['--config', '/dev/null', 'encrypt', '--age', recipient, ...rules, '--in-place', file];
    await run(sops, args, { env: { HOME: dir }, timeout: 20_000 });
    return readFile(file);
  }
});

function read(bytes: Uint8Array, key: string, path: readonly string[]): Promise<string> {
  const secrets = createSecrets({ env: { SOPS_AGE_KEY: key }, secretsDir: '/nonexistent' });
  return secrets.resolve({ kind: 'sops', file: 'secrets.sops.yaml', key: path }, tokenUse, async () => bytes);
}

function isThere(): boolean {
  try {
    execFileSync(sops, ['--version', '--disable-version-check'], { stdio: 'ignore', timeout: 10_000 });
    return true;
  } catch {
    return false;
  }
}
