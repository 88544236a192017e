import { chmod, copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { probeAgeKey } from '../../../src/adapters/secrets/probe-age-key.ts';
import { fixturePath } from './sops-fixtures.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'pressluft-age-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

test('the doctor finds the key of the secrets directory, names its public key, and reports who may read it', async () => {
  const file = join(dir, 'age.key');
  await copyFile(fixturePath('controller.agekey'), file);
  await chmod(file, 0o600);
  const facts = {
    publicKeys: ['age19ddjgguzkw5t3wyauz8jyjjp9stjmuacdgekrpn2z24fwsy6wyuqdk8rx6'],
    sources: [file],
    openFiles: [],
  };
  expect(await probeAgeKey({ PRESSLUFT_SECRETS_DIR: dir })).toEqual(facts);
  await chmod(file, 0o640);
  expect(await probeAgeKey({ PRESSLUFT_SECRETS_DIR: dir })).toEqual({ ...facts, openFiles: [file] });
});

test('a controller without a key is not an error', async () => {
  expect(await probeAgeKey({ PRESSLUFT_SECRETS_DIR: dir })).toBeNull();
});
