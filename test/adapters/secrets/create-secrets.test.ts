import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSecrets } from '../../../src/adapters/secrets/create-secrets.ts';
import type { ResourceRef } from '../../../src/fleet/brand.ts';
import { errors } from '../../../src/fleet/error-catalogue.ts';
import { tokenUse } from '../../support/token-use.ts';

let directory: string;
let secretsDir: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'pl-secrets-'));
  secretsDir = join(directory, 'secrets');
  mkdirSync(join(secretsDir, 'team'), { recursive: true });
  mkdirSync(join(secretsDir, '..data'));
  writeFileSync(join(directory, 'outside'), 'outside-secret');
  mkdirSync(`${secretsDir}-other`);
  writeFileSync(join(`${secretsDir}-other`, 'token'), 'other-secret');
  writeFileSync(join(secretsDir, 'token'), 'file-secret\n');
  writeFileSync(join(secretsDir, 'team', 'token'), 'team-secret\r\n\n');
  writeFileSync(join(secretsDir, '..data', 'mounted'), 'mounted-secret');
  writeFileSync(join(secretsDir, 'empty'), '\n');
  writeFileSync(join(secretsDir, 'large'), 'x'.repeat(65_537));
  symlinkSync(join(directory, 'outside'), join(secretsDir, 'link'));
  symlinkSync(directory, join(secretsDir, 'up'));
  symlinkSync('..data/mounted', join(secretsDir, 'mounted'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe('resolve', () => {
  const env = {
    HCLOUD_TOKEN: 'token-of-hetzner',
    PRESSLUFT_SECRET_EMPTY: '',
    PRESSLUFT_GIT_TOKEN: 'token-of-git',
    HOME: '/root',
    AWS_SECRET: 'aws-secret',
  };
  const secrets = () => createSecrets({ env, secretsDir });

  it('reads a variable with an allowed name', async () => {
    expect(await secrets().resolve({ kind: 'env', name: 'HCLOUD_TOKEN' }, tokenUse)).toBe('token-of-hetzner');
  });

  it.each([
    'HOME',
    'AWS_SECRET',
    'HCLOUD_',
    'hcloud_token',
    'HCLOUD_TOKEN ',
    'PRESSLUFT_SECRET_EMPTY',
    'PRESSLUFT_SECRET_MISSING',
    'PRESSLUFT_GIT_TOKEN',
    'PRESSLUFT_AGE_KEY_FILE',
    'PRESSLUFT_SECRETS_DIR',
    '__proto__',
  ])('refuses the variable %j', async (name) => {
    await expect(secrets().resolve({ kind: 'env', name }, tokenUse)).rejects.toMatchObject({
      code: errors.secretUnavailable,
    });
  });

  it('reads the variables of the controller itself for its own settings only, and redacts them', async () => {
    const own = secrets();
    expect(await own.own('PRESSLUFT_GIT_TOKEN')).toBe('token-of-git');
    expect(own.redact('token-of-git')).toBe('[redacted]');
  });

  it.each([
    ['another kind', { resource: 'backuprepository/offsite', field: 's3.accessKeyId' }],
    ['another field', { resource: 'provider/hetzner', field: 'other' }],
    ['a site', { resource: 'environment/acme', field: 'tls.privateKey' }],
  ])('gives a secret without a grant to no %s', async (_what, use) => {
    const asked = { ...tokenUse, ...use, resource: use.resource as ResourceRef };
    for (const ref of [
      { kind: 'file', path: 'token' },
      { kind: 'env', name: 'HCLOUD_TOKEN' },
    ] as const)
      await expect(secrets().resolve(ref, asked)).rejects.toMatchObject({ code: 'PL2039' });
  });

  it('sends a granted secret to its hosts only, and no longer to providers without a grant', async () => {
    const ref = { kind: 'file', path: 'token' } as const;
    const grants = [
      { secret: ref, to: ['backuprepository/offsite'], fields: ['s3.accessKeyId'], hosts: ['s3.example'] },
    ];
    const use = {
      resource: 'backuprepository/offsite' as ResourceRef,
      field: 's3.accessKeyId',
      host: 's3.example',
      grants,
    };
    expect(await secrets().resolve(ref, use)).toBe('file-secret');
    for (const other of [
      { ...use, host: 'evil.example' },
      { ...use, host: '' },
      { ...use, field: 'password' },
      { ...tokenUse, grants },
    ])
      await expect(secrets().resolve(ref, other)).rejects.toMatchObject({ code: 'PL2039' });
  });

  it('reads files of the directory without their last newlines, also behind links that stay inside', async () => {
    expect(await secrets().resolve({ kind: 'file', path: 'token' }, tokenUse)).toBe('file-secret');
    expect(await secrets().resolve({ kind: 'file', path: 'team/token' }, tokenUse)).toBe('team-secret');
    expect(await secrets().resolve({ kind: 'file', path: 'mounted' }, tokenUse)).toBe('mounted-secret');
    expect(await secrets().resolve({ kind: 'file', path: join(secretsDir, 'token') }, tokenUse)).toBe(
      'file-secret',
    );
  });

  it.each([
    '../outside',
    'link',
    'up/outside',
    '../secrets-other/token',
    '/etc/passwd',
    '/proc/self/environ',
    'team',
    '.',
    '',
    'missing',
    'empty',
    'large',
    'token\0',
  ])('refuses the file %j', async (path) => {
    await expect(secrets().resolve({ kind: 'file', path }, tokenUse)).rejects.toMatchObject({
      code: errors.secretUnavailable,
    });
  });

  it('takes the directory from the environment', async () => {
    const fromEnv = createSecrets({ env: { PRESSLUFT_SECRETS_DIR: secretsDir } });
    expect(await fromEnv.resolve({ kind: 'file', path: 'token' }, tokenUse)).toBe('file-secret');
  });

  it('picks up a rotated secret and keeps the old one redacted', async () => {
    const mutable: Record<string, string> = { HCLOUD_TOKEN: 'old-token' };
    const rotating = createSecrets({ env: mutable, secretsDir });
    await rotating.resolve({ kind: 'env', name: 'HCLOUD_TOKEN' }, tokenUse);
    mutable.HCLOUD_TOKEN = 'new-token';
    expect(await rotating.resolve({ kind: 'env', name: 'HCLOUD_TOKEN' }, tokenUse)).toBe('new-token');
    expect(rotating.redact('old-token new-token')).toBe('[redacted] [redacted]');
  });
});

describe('redact', () => {
  async function redactorOf(...values: readonly string[]) {
    const env = Object.fromEntries(values.map((value, index) => [`PRESSLUFT_SECRET_${index}`, value]));
    const secrets = createSecrets({ env });
    for (const name of Object.keys(env)) await secrets.resolve({ kind: 'env', name }, tokenUse);
    return secrets.redact;
  }

  it('leaves text alone before anything was resolved', () => {
    expect(createSecrets({ env: {} }).redact('plain')).toBe('plain');
  });

  it('removes every form of a secret, at every alignment', async () => {
    const text = fc
      .string({ minLength: 8, maxLength: 40, unit: 'binary' })
      .filter((each) => /^\S.*\S$/s.test(each));
    const around = fc.string({ maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(text, around, around, async (secret, before, after) => {
        const redact = await redactorOf(secret);
        const encoded = (encoding: 'base64' | 'base64url') =>
          Buffer.from(before + secret + after).toString(encoding);
        expect(redact(before + secret + after)).not.toContain(secret);
        expect(redact(JSON.stringify({ [secret]: secret }))).not.toContain(
          JSON.stringify(secret).slice(1, -1),
        );
        expect(redact(`?token=${encodeURIComponent(secret)}`)).toBe('?token=[redacted]');
        expect(redact(new URLSearchParams({ token: secret }).toString())).toBe('token=[redacted]');
        const hex = Buffer.from(secret).toString('hex');
        expect(redact(`${hex} ${hex.toUpperCase()}`)).toBe('[redacted] [redacted]');
        for (const encoding of ['base64', 'base64url'] as const) {
          expect(redact(encoded(encoding))).toContain('[redacted]');
          const left = Buffer.from(redact(encoded(encoding)).replace('[redacted]', ''), 'base64').toString(
            'latin1',
          );
          expect(left.length).toBeLessThanOrEqual(Buffer.byteLength(before) + Buffer.byteLength(after) + 4);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('removes the longer of two secrets with a common prefix', async () => {
    const redact = await redactorOf('secret-one', 'secret-one-and-more');
    expect(redact('a secret-one-and-more b')).toBe('a [redacted] b');
  });

  it('removes single lines of a multi-line secret', async () => {
    const redact = await redactorOf('-----BEGIN KEY-----\nb3BlbnNzaC1rZXktdjE=\n-----END KEY-----');
    expect(redact('log: b3BlbnNzaC1rZXktdjE=')).toBe('log: [redacted]');
  });

  it('takes secrets with special characters literally', async () => {
    const redact = await redactorOf('a.c*(d)[e]+$^|\\');
    expect(redact('a.c*(d)[e]+$^|\\ abc')).toBe('[redacted] abc');
  });

  it('does not use secrets shorter than six characters', async () => {
    expect((await redactorOf('short'))('a short text')).toBe('a short text');
  });
});
