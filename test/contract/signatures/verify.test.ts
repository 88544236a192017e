import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { commitSignature } from '../../../src/adapters/git/commit-signature.ts';
import { createSignatures } from '../../../src/adapters/signatures/create-signatures.ts';
import type { AllowedSigner } from '../../../src/fleet/config.ts';
import type { SignatureVerdict, SignedBytes } from '../../../src/ports/signatures.ts';
import { type LocalRepository, localRepository } from '../../support/local-repository.ts';
import { type RealSigner, type SigningKeys, signingKeys } from '../../support/signing-keys.ts';

const run = promisify(execFile);
const dayMs = 86_400_000;

let keys: SigningKeys;
let repository: LocalRepository;
beforeAll(async () => {
  [keys, repository] = await Promise.all([signingKeys(), localRepository()]);
});
afterAll(async () => {
  await keys.remove();
  await repository.remove();
});

async function commit(signer: RealSigner, message = 'a change'): Promise<SignedBytes> {
  await repository.git(...signer.gitSettings, 'commit', '--quiet', '--allow-empty', '-S', '-m', message);
  return signed('HEAD');
}

async function rawCommit(revision: string): Promise<Buffer> {
  const work = join(repository.dir, 'work');
  const { stdout } = await run('git', ['cat-file', 'commit', revision], { cwd: work, encoding: 'buffer' });
  return stdout;
}

async function signed(revision: string): Promise<SignedBytes> {
  const signature = commitSignature(await rawCommit(revision));
  if (signature.kind !== 'signed') throw new Error(`the commit is ${signature.kind}`);
  return signature;
}

function verify(
  bytes: SignedBytes,
  allowed: readonly AllowedSigner[],
  at = Date.now(),
): Promise<SignatureVerdict> {
  return createSignatures().verify(bytes, allowed, at);
}

async function rejection(
  bytes: SignedBytes,
  allowed: readonly AllowedSigner[],
  at?: number,
): Promise<string> {
  const verdict = await verify(bytes, allowed, at);
  if (verdict.kind === 'verified') throw new Error('it was verified');
  return verdict.message;
}

describe('signatures of SSH, as git makes them with ssh-keygen', () => {
  test.each([
    ['ed25519', ['-t', 'ed25519']],
    ['rsa2048', ['-t', 'rsa', '-b', '2048']],
    ['rsa3072', ['-t', 'rsa', '-b', '3072']],
    ['ecdsa256', ['-t', 'ecdsa', '-b', '256']],
    ['ecdsa384', ['-t', 'ecdsa', '-b', '384']],
    ['ecdsa521', ['-t', 'ecdsa', '-b', '521']],
  ])('of a key of type %s are verified, and those of other bytes are not', async (name, keygen) => {
    const signer = await keys.ssh(name, ...keygen);
    for (let turn = 0; turn < 4; turn++) {
      const bytes = await commit(signer, `${name} ${turn}`);
      expect(await verify(bytes, [signer])).toEqual({
        kind: 'verified',
        principal: signer.principal,
        fingerprint: signer.fingerprint,
      });
      const other = { ...bytes, payload: Buffer.concat([bytes.payload, Buffer.from('\n')]) };
      expect(await rejection(other, [signer])).toBe(
        `has a signature of ${signer.principal} that does not match what it says`,
      );
    }
  });

  test('git itself has the same verdict', async () => {
    const signer = await keys.ssh('as-git-says');
    await commit(signer);
    const allowedFile = join(keys.dir, 'allowed');
    await writeFile(allowedFile, `${signer.principal} ${signer.key}\n`);
    const settings = ['-c', 'gpg.format=ssh', '-c', `gpg.ssh.allowedSignersFile=${allowedFile}`];
    await expect(repository.git(...settings, 'verify-commit', 'HEAD')).resolves.toBeDefined();
  });

  test('are rejected when the key is not allowed, even with the same principal', async () => {
    const ada = await keys.ssh('ada');
    const other = await keys.ssh('other');
    const bytes = await commit(other);
    expect(await rejection(bytes, [ada, { ...ada, principal: other.principal }])).toBe(
      `is signed by a key that is not allowed: ${other.fingerprint}`,
    );
    expect(await rejection(bytes, [])).toContain('not allowed');
  });

  test('count only when they were made for git', async () => {
    const signer = await keys.ssh('namespaces');
    const { payload } = await commit(signer);
    expect(
      await verify({ payload, signature: await keys.sshSign(signer, 'git', payload) }, [signer]),
    ).toMatchObject({
      kind: 'verified',
    });
    expect(
      await rejection({ payload, signature: await keys.sshSign(signer, 'file', payload) }, [signer]),
    ).toBe('has an SSH signature that cannot be used: it was made for "file", and not for git');
  });

  test('of one commit are worth nothing on another', async () => {
    const signer = await keys.ssh('replay');
    const [first, second] = [await commit(signer, 'one'), await commit(signer, 'two')];
    expect(await rejection({ payload: second.payload, signature: first.signature }, [signer])).toContain(
      'does not match what it says',
    );
  });

  test('are rejected with any one bit flipped', async () => {
    const signer = await keys.ssh('bits');
    const bytes = await commit(signer);
    const [head = '', ...rest] = bytes.signature.trimEnd().split('\n');
    const blob = Buffer.from(rest.slice(0, -1).join(''), 'base64');
    for (let bit = 0; bit < blob.length * 8; bit += 3) {
      const turned = Buffer.from(blob);
      turned.writeUInt8(turned.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      const signature = `${head}\n${turned.toString('base64')}\n${rest.at(-1)}\n`;
      expect(await verify({ ...bytes, signature }, [signer]), `bit ${bit}`).toMatchObject({
        kind: 'rejected',
      });
    }
  });
});

describe('signatures of OpenPGP, as git makes them with gpg', () => {
  test.each(['ed25519', 'rsa2048', 'nistp256'])(
    'of a key of type %s are verified, and those of other bytes are not',
    async (algorithm) => {
      const signer = await keys.gpg(`pgp-${algorithm}`, algorithm);
      const bytes = await commit(signer);
      expect(await verify(bytes, [signer])).toEqual({
        kind: 'verified',
        principal: signer.principal,
        fingerprint: signer.fingerprint,
      });
      const other = { ...bytes, payload: Buffer.concat([bytes.payload, Buffer.from('\n')]) };
      expect(await rejection(other, [signer])).toContain(
        `has a signature of ${signer.principal} that does not count`,
      );
    },
  );

  test('of a subkey count as signatures of its key', async () => {
    const signer = await keys.gpg('subkeys');
    await keys.gpgCommand(['--quick-add-key', signer.fingerprint, 'ed25519', 'sign', 'never']);
    const listed = await keys.gpgCommand(['--with-colons', '--list-keys', signer.fingerprint]);
    const subkey = [...listed.matchAll(/^fpr:+([0-9A-F]+):/gm)].at(-1)?.[1] ?? '';
    const settings = signer.gitSettings.map((word) => word.replace(signer.fingerprint, subkey));
    const bytes = await commit({ ...signer, gitSettings: settings });
    expect(await verify(bytes, [await keys.exported(signer)])).toMatchObject({
      fingerprint: signer.fingerprint,
    });
    expect(await rejection(bytes, [signer]), 'a key from before the subkey').toContain('not allowed');
  });

  test('are rejected when the key is not allowed, even with the same user', async () => {
    const mallory = await keys.gpg('carol');
    const bytes = await commit(mallory);
    await keys.gpgCommand(['--delete-secret-and-public-key', mallory.fingerprint]);
    const carol = await keys.gpg('carol');
    expect(carol.fingerprint).not.toBe(mallory.fingerprint);
    expect(await rejection(bytes, [carol])).toBe(
      `is signed by a key that is not allowed: OpenPGP key ${mallory.fingerprint.slice(-16)}`,
    );
  });

  test('count only while the key has not expired, for any time in the signature', async () => {
    const signer = await keys.gpg('expiring', 'ed25519', '2d');
    const bytes = await commit(signer);
    expect(await verify(bytes, [signer])).toMatchObject({ kind: 'verified' });
    expect(await rejection(bytes, [signer], Date.now() + 3 * dayMs)).toContain('expired');
  });

  test('do not count once the key is revoked', async () => {
    const signer = await keys.gpg('revoked');
    const bytes = await commit(signer);
    const file = join(keys.dir, 'gnupg/openpgp-revocs.d', `${signer.fingerprint}.rev`);
    await keys.gpgCommand(['--import'], (await readFile(file, 'utf8')).replace(/^:(?=-----BEGIN)/m, ''));
    expect(await rejection(bytes, [await keys.exported(signer)])).toContain('revoked');
  });

  test('made with SHA-1, or over text in place of bytes, do not count', async () => {
    const signer = await keys.gpg('weak');
    const { payload } = await commit(signer);
    const sign = (...options: readonly string[]) =>
      keys.gpgCommand(
        ['--local-user', signer.fingerprint, '--armor', '--detach-sign', ...options],
        Buffer.from(payload).toString(),
      );
    expect(await verify({ payload, signature: await sign() }, [signer])).toMatchObject({ kind: 'verified' });
    expect(await rejection({ payload, signature: await sign('--textmode') }, [signer])).toBe(
      'has an OpenPGP signature that is not one of a document',
    );
    const weak = await sign('--allow-weak-digest-algos', '--digest-algo', 'SHA1');
    expect(await rejection({ payload, signature: weak }, [signer])).toContain('does not count');
  });

  test('of one commit are worth nothing on another', async () => {
    const signer = await keys.gpg('pgp-replay');
    const [first, second] = [await commit(signer, 'one'), await commit(signer, 'two')];
    expect(await rejection({ payload: second.payload, signature: first.signature }, [signer])).toContain(
      'does not count',
    );
  });
});

test('keys of both kinds may be allowed at the same time', async () => {
  const [ssh, pgp] = [await keys.ssh('both-ssh'), await keys.gpg('both-pgp')];
  for (const signer of [ssh, pgp]) {
    expect(await verify(await commit(signer), [ssh, pgp])).toMatchObject({ principal: signer.principal });
  }
});

describe('not a signature of the commit', () => {
  test('a signature of a tag', async () => {
    const signer = await keys.ssh('tagger');
    await repository.git('commit', '--quiet', '--allow-empty', '-m', 'unsigned');
    await repository.git(...signer.gitSettings, 'tag', '-s', '-m', 'a release', 'v1');
    expect(commitSignature(await rawCommit('v1^{commit}'))).toEqual({ kind: 'unsigned' });
  });

  test('a signature of a tag in a merge commit', async () => {
    const signer = await keys.ssh('merger');
    await repository.git('checkout', '--quiet', '-b', 'side');
    await repository.git('commit', '--quiet', '--allow-empty', '-m', 'on the side');
    await repository.git(...signer.gitSettings, 'tag', '-s', '-m', 'side', 'side-tag');
    await repository.git('checkout', '--quiet', 'main');
    await repository.git('merge', '--quiet', '--no-ff', '-m', 'merge', 'side-tag');
    const raw = await rawCommit('HEAD');
    expect(raw.toString()).toContain('mergetag object ');
    expect(raw.toString()).toContain('BEGIN SSH SIGNATURE');
    expect(commitSignature(raw)).toEqual({ kind: 'unsigned' });
  });

  test('a header of a signature in the message', async () => {
    const signer = await keys.ssh('messages');
    const { signature } = await commit(signer);
    const header = `gpgsig ${signature.trimEnd().replaceAll('\n', '\n ')}`;
    await repository.git('commit', '--quiet', '--allow-empty', '-m', `${header}\n\n${header}`);
    expect(commitSignature(await rawCommit('HEAD'))).toEqual({ kind: 'unsigned' });
  });
});
