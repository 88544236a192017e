import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { CommitSha } from '../../src/fleet/brand.ts';
import { errors } from '../../src/fleet/error-catalogue.ts';
import { openSession } from '../../src/main/session.ts';
import { readSettings, type Settings } from '../../src/main/settings.ts';
import { writeAccepted } from '../../src/reconcile/accepted.ts';
import { hetznerProvider } from '../support/fleet-builders.ts';
import { type LocalRepository, localRepository } from '../support/local-repository.ts';
import { signer } from '../support/signers.ts';

let repository: LocalRepository;
beforeEach(async () => {
  repository = await localRepository();
});
afterEach(() => repository.remove());

const settingsOf = (env: Readonly<Record<string, string>> = {}): Settings =>
  readSettings({ repo: repository.url, stateDir: join(repository.dir, 'state') }, env, '/', 'silent');

test('a commit is trusted by its full id only, because a name can later refer to another one', () => {
  const commit = '0123456789abcdef'.repeat(3).slice(0, 40);
  expect(settingsOf({ PRESSLUFT_TRUSTED_COMMIT: commit }).trustedCommit).toBe(commit);
  expect(settingsOf({ PRESSLUFT_TRUSTED_COMMIT: '' }).trustedCommit).toBeUndefined();
  for (const text of ['main', commit.slice(0, 12), commit.toUpperCase(), `${commit} `])
    expect(() => settingsOf({ PRESSLUFT_TRUSTED_COMMIT: text })).toThrow('not a full commit id');
});

test('a session hands the trusted commit on', async () => {
  const trustedCommit = 'a'.repeat(40);
  const session = await openSession(
    settingsOf({ PRESSLUFT_TRUSTED_COMMIT: trustedCommit }),
    {},
    {
      access: 'exclusive',
      defaultLogLevel: 'silent',
    },
  );
  await session.close();
  expect(session.trustedCommit).toBe(trustedCommit);
});

test('secrets in the repository are read from the commit in force, never from one that is refused', async () => {
  const accepted = (await repository.commit({ 'a.yaml': '1' })) as CommitSha;
  const refused = await repository.commit({ 'secrets.sops.yaml': 'token: of somebody else\n' });
  const session = await openSession(settingsOf(), {}, { access: 'exclusive', defaultLogLevel: 'silent' });
  try {
    const { deps } = session;
    await deps.git.fetch('pressluft/status');
    const provider = {
      ...hetznerProvider(),
      endpoint: 'https://api.hetzner.cloud/v1',
      token: { kind: 'sops', file: 'secrets.sops.yaml', key: ['token'] } as const,
    };
    await expect(deps.cloud(provider)).rejects.toThrow('it has no SOPS metadata');
    writeAccepted(deps.store, { commit: accepted, signers: [signer('ada')] });
    await expect(deps.cloud(provider)).rejects.toThrow(
      `secrets.sops.yaml does not exist in commit ${accepted.slice(0, 9)}`,
    );
    expect(refused).not.toBe(accepted);
  } finally {
    await session.close();
  }
});

test('a rewritten branch is fetched and judged where commits are signed, and refused outright where they are not', async () => {
  const first = (await repository.commit({ 'a.yaml': '1' })) as CommitSha;
  const second = (await repository.commit({ 'a.yaml': '2' })) as CommitSha;
  const session = await openSession(
    settingsOf(),
    {},
    { access: 'exclusive', defaultLogLevel: 'silent', logDestination: { write: () => true } },
  );
  try {
    const { git, store } = session.deps;
    await git.fetch('pressluft/status');
    await repository.git('push', '--quiet', '--force', 'origin', `${first}:refs/heads/main`);
    await expect(git.fetch('pressluft/status')).rejects.toMatchObject({ code: errors.branchRewritten });
    writeAccepted(store, { commit: second, signers: [signer('ada')] });
    expect(await git.fetch('pressluft/status')).toMatchObject({ source: first });
  } finally {
    await session.close();
  }
});
