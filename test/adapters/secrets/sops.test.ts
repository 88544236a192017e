import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createSecrets } from '../../../src/adapters/secrets/create-secrets.ts';
import { errors } from '../../../src/fleet/error-catalogue.ts';
import type { PressluftError } from '../../../src/fleet/errors.ts';
import type { RepositoryFiles } from '../../../src/ports/secrets.ts';
import { tokenUse } from '../../support/token-use.ts';
import { fixture, fixturePath, identity } from './sops-fixtures.ts';

const token = 'canary-hetzner-token-7f3a';

describe('files made by sops', () => {
  test.each([
    ['default.sops.yaml', 'hetzner.token', token],
    ['default.sops.yaml', 'list.0', 'first of the list'],
    ['default.sops.yaml', 'list.1.nested.deep', 'line one\nline two ✓'],
    ['default.sops.yaml', '7', 'seven'],
    ['two-recipients.sops.yaml', 'hetzner.token', token],
    ['encrypted-regex.sops.yaml', 'hetzner.token', token],
    ['encrypted-suffix.sops.yaml', 'hetzner.token', token],
    ['mac-only-encrypted.sops.yaml', 'hetzner.token', token],
    ['default.sops.json', 'hetzner.token', 'canary-json-token-91c2'],
    ['default.sops.json', 'hetzner.emoji', '😀/A'],
    ['default.sops.json', '10', 'ten'],
    ['default.sops.json', '2', 'two'],
    ['default.sops.json', 'list.0', 'x'],
  ])('%s: %s is read as it was written', async (file, key, expected) => {
    expect(await resolve(file, key.split('.'))).toBe(expected);
  });

  test('a key with a dot in its name is named as one segment', async () => {
    expect(await resolve('default.sops.yaml', ['a.b'])).toBe('dotted');
  });

  test('a post-quantum key decrypts what is encrypted to it', async () => {
    const env = { SOPS_AGE_KEY: await identity('post-quantum') };
    expect(await resolve('post-quantum.sops.yaml', ['hetzner', 'token'], env)).toBe(token);
  });

  test('any of several keys of the controller is sufficient', async () => {
    const env = { SOPS_AGE_KEY: `${await identity('foreign')}\n# old\n${await identity('controller')}\n` };
    expect(await resolve('default.sops.yaml', ['hetzner', 'token'], env)).toBe(token);
  });
});

describe('the key of the controller', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'pressluft-age-'));
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));
  const named = (env: Record<string, string>) => resolve('default.sops.yaml', ['hetzner', 'token'], env);

  test.each(['PRESSLUFT_AGE_KEY_FILE', 'SOPS_AGE_KEY_FILE'])(
    'comes from the file that %s names',
    async (name) => {
      expect(await named({ [name]: fixturePath('controller.agekey') })).toBe(token);
    },
  );

  test('comes from age.key in the secrets directory when no variable names one', async () => {
    await writeFile(join(dir, 'age.key'), await identity('controller'));
    expect(await named({ PRESSLUFT_SECRETS_DIR: dir })).toBe(token);
  });

  test('is requested when there is none', async () => {
    const error = await failure(named({ PRESSLUFT_SECRETS_DIR: dir }));
    expect(error.code).toBe(errors.ageKeyMissing);
    expect(error.hint).toContain('PRESSLUFT_AGE_KEY_FILE');
  });

  test.each([
    ['does not exist', { PRESSLUFT_AGE_KEY_FILE: '/nonexistent/age.key' }],
    ['no private age key', { SOPS_AGE_KEY: '# only a comment' }],
    ['not a private age key', { SOPS_AGE_KEY: 'hunter2' }],
    [
      'passphrase',
      { SOPS_AGE_KEY: '-----BEGIN AGE ENCRYPTED FILE-----\nYWdl\n-----END AGE ENCRYPTED FILE-----' },
    ],
    [
      'checksum',
      { SOPS_AGE_KEY: 'AGE-SECRET-KEY-1S64VCJ7MYFYG7250T2SR25PYR5VZWEUKR6LFR2TVDJ2FN9FPMVQQMPVFVQ' },
    ],
  ])('is refused with a reason: %s', async (words, env) => {
    const error = await failure(named(env));
    expect(error.code).toBe(errors.ageKeyUnusable);
    expect(error.message).toContain(words);
    expect(`${error.message}${error.hint}`).not.toMatch(/hunter2|S64VCJ7/);
  });

  test('is never used as a secret of a manifest that names it', async () => {
    await writeFile(join(dir, 'age.key'), await identity('controller'));
    const secrets = createSecrets({
      env: { PRESSLUFT_SECRET_KEY: await identity('foreign') },
      secretsDir: dir,
    });
    for (const ref of [
      { kind: 'file', path: 'age.key' },
      { kind: 'env', name: 'PRESSLUFT_SECRET_KEY' },
    ] as const) {
      const error = await failure(secrets.resolve(ref, tokenUse));
      expect(error.code).toBe(errors.secretUnavailable);
      expect(error.message).toContain('contains a private age key');
    }
  });

  test('the wrong one is an error that names the recipients of the file and our public key', async () => {
    const error = await failure(resolve('foreign-only.sops.yaml', ['hetzner', 'token']));
    expect(error.code).toBe(errors.sopsOtherRecipients);
    expect(error.message).toContain('age13jlqzcmztym4z3xddftey8deayjrgqq6m40yu09rnlyswf85myzs7f7jw7');
    expect(error.message).toContain('age19ddjgguzkw5t3wyauz8jyjjp9stjmuacdgekrpn2z24fwsy6wyuqdk8rx6');
    expect(error.hint).toContain('sops updatekeys foreign-only.sops.yaml');
  });
});

describe('a file that was changed without its key', () => {
  const changes: readonly [string, string, (text: string) => string][] = [
    ['a byte of a value', 'default.sops.yaml', (text) => flipByte(text, 'token: ENC[AES256_GCM,data:')],
    ['a byte of its tag', 'default.sops.yaml', (text) => text.replace(/(token: ENC.*?tag:)./, '$1_')],
    ['a shortened tag', 'default.sops.yaml', (text) => text.replace(/(token: ENC.*?tag:\S{5}).*?,/, '$1==,')],
    ['two values swapped', 'default.sops.yaml', swapTokenAndProject],
    ['a value that is not encrypted', 'default.sops.yaml', (text) => text.replace('port: 31', 'port: 32')],
    ['a value that is gone', 'default.sops.yaml', (text) => text.replace(/ {4}token:.*\n/, '')],
    ['a value in the clear', 'default.sops.yaml', (text) => text.replace(/token: ENC.*/, 'token: evil')],
    ['another MAC', 'default.sops.yaml', (text) => flipByte(text, 'mac: ENC[AES256_GCM,data:')],
    [
      'another time',
      'default.sops.yaml',
      (text) => text.replace(/lastmodified: .*/, 'lastmodified: "2020-01-01T00:00:00Z"'),
    ],
    ['an encrypted value gone', 'mac-only-encrypted.sops.yaml', (text) => text.replace(/ {4}token:.*\n/, '')],
    [
      'a MAC of the other kind',
      'encrypted-regex.sops.yaml',
      (text) => `${text}\n    mac_only_encrypted: true\n`,
    ],
    ['the data key', 'default.sops.yaml', (text) => text.replace(/.{8}(==\n +-----END AGE)/, 'AAAAAAAA$1')],
  ];

  test.each(changes)('%s: no value of it is used', async (_, file, change) => {
    const original = await text(file);
    const changed = change(original);
    expect(changed).not.toBe(original);
    const error = await failure(resolve(changed, ['list', '0']));
    expect(error.code).toBe(errors.sopsTampered);
    expect(error.message).not.toContain('canary');
  });
});

describe('unusable files and keys', () => {
  test.each([
    [errors.sopsNotSops, 'token: plain\n'],
    [errors.sopsNotSops, ''],
    [errors.sopsNotSops, 'a: [\n'],
    [errors.sopsNotSops, '\u0000\u0001'],
    [errors.sopsNotSops, 'sops: { mac: x }\n'.replace('mac: x', 'version: 3')],
    [
      errors.sopsUnsupported,
      'a: ENC[AES256_GCM,data:x,iv:x,tag:x,type:str]\nsops: { mac: x, lastmodified: x, pgp: [{ fp: ABC, enc: x }] }\n',
    ],
  ])('%s for %j', async (code, content) => {
    expect((await failure(resolve(content, ['token']))).code).toBe(code);
  });

  test.each(['key-groups.sops.yaml', 'two-documents.sops.yaml'])(
    '%s says what is not supported',
    async (file) => {
      const error = await failure(resolve(file, ['hetzner', 'token']));
      expect(error.code).toBe(errors.sopsUnsupported);
    },
  );

  test.each([
    [errors.sopsKeyMissing, ['hetzner', 'tokne'], 'token, project'],
    [errors.sopsKeyMissing, ['list', '9'], 'has no keys'],
    [errors.sopsKeyMissing, ['__proto__'], 'hetzner, list'],
    [errors.sopsNotText, ['hetzner'], 'one text'],
    [errors.sopsNotText, ['hetzner', 'project'], 'quotes'],
    [errors.sopsNotText, ['nothing'], 'one text'],
    [errors.sopsNotText, ['region_unencrypted'], 'change the secret'],
  ])('%s for the key %j', async (code, key, hint) => {
    const error = await failure(resolve('default.sops.yaml', key));
    expect(error.code).toBe(code);
    expect(error.hint).toContain(hint);
  });

  test('aliases and deep nesting result in an error, not in a crash', async () => {
    const base = await text('default.sops.yaml');
    for (const hostile of [
      `x: &a [1]\ny: *a\n${base}`,
      `x: ${'['.repeat(5000)}${']'.repeat(5000)}\n${base}`,
    ]) {
      expect((await failure(resolve(hostile, ['hetzner', 'token']))).code).toBe(errors.sopsNotSops);
    }
  });

  test('a secret that is needed to reach the repository cannot be stored in it', async () => {
    const secrets = createSecrets({ env: {}, secretsDir: '/nonexistent' });
    const error = await failure(secrets.resolve({ kind: 'sops', file: 'a.yaml', key: ['b'] }, tokenUse));
    expect(error.code).toBe(errors.sopsUnreadable);
  });
});

test('a secret from a SOPS file and the key that decrypted it are redacted from then on, in every form', async () => {
  const key = await identity('controller');
  const secrets = createSecrets({ env: { SOPS_AGE_KEY: key }, secretsDir: '/nonexistent' });
  await secrets.resolve(
    { kind: 'sops', file: 'default.sops.yaml', key: ['hetzner', 'token'] },
    tokenUse,
    fixture,
  );
  const base64 = Buffer.from(`x${token}`).toString('base64');
  const secretLine = key.trim().split('\n').at(-1) ?? '';
  const shown = secrets.redact(`${token} ${encodeURIComponent(token)} ${base64} ${secretLine}`);
  expect(shown).not.toContain(token);
  expect(shown).not.toContain('AGE-SECRET-KEY');
  expect(Buffer.from(base64, 'base64').toString()).toContain(token);
  expect(shown).not.toContain(base64.slice(4, -4));
});

async function resolve(
  file: string,
  key: readonly string[],
  env?: Readonly<Record<string, string>>,
): Promise<string> {
  const secrets = createSecrets({
    secretsDir: '/nonexistent',
    ...(env?.PRESSLUFT_SECRETS_DIR === undefined ? {} : { secretsDir: env.PRESSLUFT_SECRETS_DIR }),
    env: env ?? { SOPS_AGE_KEY: await identity('controller') },
  });
  const isName = /\.sops\.(yaml|json)$/.test(file);
  const files: RepositoryFiles = isName ? fixture : async () => new TextEncoder().encode(file);
  return secrets.resolve({ kind: 'sops', file: isName ? file : 'changed.sops.yaml', key }, tokenUse, files);
}

async function failure(work: Promise<unknown>): Promise<PressluftError> {
  try {
    await work;
  } catch (error) {
    return error as PressluftError;
  }
  throw new Error('it did not fail');
}

async function text(name: string): Promise<string> {
  return new TextDecoder().decode(await fixture(name));
}

function flipByte(content: string, before: string): string {
  const at = content.indexOf(before) + before.length;
  return `${content.slice(0, at)}${content[at] === 'A' ? 'B' : 'A'}${content.slice(at + 1)}`;
}

function swapTokenAndProject(content: string): string {
  const values = [...content.matchAll(/(?:token|project): (ENC.*)/g)].map((match) => match[1] ?? '');
  const [one = '', two = ''] = values;
  return content.replace(one, '\0').replace(two, one).replace('\0', two);
}
