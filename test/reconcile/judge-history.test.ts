import { beforeEach, describe, expect, test } from 'vitest';
import type { CommitSha } from '../../src/fleet/brand.ts';
import { errors } from '../../src/fleet/error-catalogue.ts';
import { PressluftError } from '../../src/fleet/errors.ts';
import type { Accepted } from '../../src/reconcile/accepted.ts';
import { judgeHistory } from '../../src/reconcile/judge-history.ts';
import { type MemoryGit, memoryGit } from '../support/memory-git.ts';
import { memorySignatures } from '../support/memory-signatures.ts';
import { allowing, signedBy, signer } from '../support/signers.ts';

let git: MemoryGit;
let start: CommitSha;
beforeEach(() => {
  git = memoryGit();
  start = git.push(allowing('ada', 'bob'));
});

const trusted = (...names: readonly string[]): Accepted => ({ commit: start, signers: names.map(signer) });
const judge = (tip: CommitSha, from = trusted('ada', 'bob'), repository = git.repository) =>
  judgeHistory({ git: repository, signatures: memorySignatures() }, from, tip, 0);

async function signersAfter(tip: CommitSha, from?: Accepted): Promise<readonly string[]> {
  const judged = await judge(tip, from);
  if (judged.kind === 'refused') throw new Error(judged.refusal.message);
  return judged.accepted.signers.map(({ principal }) => principal.replace(/@.*/, ''));
}

async function refusalOf(tip: CommitSha, from?: Accepted): Promise<string> {
  const judged = await judge(tip, from);
  if (judged.kind === 'accepted') throw new Error('it was accepted');
  return `${judged.refusal.code} ${judged.refusal.message}`;
}

const short = (commit: CommitSha) => commit.slice(0, 12);

describe('one commit after another', () => {
  test('a commit that an allowed signer signed is accepted', async () => {
    expect(await signersAfter(git.push({ 'a.yaml': '1' }, signedBy('ada')))).toEqual(['ada', 'bob']);
  });

  test('an unsigned commit is refused, and so is everything on top of it', async () => {
    const unsigned = git.push({ 'a.yaml': '1' });
    expect(await refusalOf(unsigned)).toBe(`PL6006 commit ${short(unsigned)} is not signed`);
    const signed = git.push({ 'b.yaml': '1' }, signedBy('ada'));
    expect(await refusalOf(signed)).toBe(
      `PL6006 commit ${short(unsigned)} is not signed, and ${short(signed)} descends from it`,
    );
  });

  test('a key that is not allowed is refused, with any principal', async () => {
    expect(await refusalOf(git.push({ 'a.yaml': '1' }, signedBy('eve')))).toContain(
      'is signed by a key that is not allowed',
    );
  });

  test('a commit that adds a signer does not allow itself', async () => {
    const tip = git.push(allowing('ada', 'bob', 'eve'), signedBy('eve'));
    expect(await refusalOf(tip)).toContain('a key that is not allowed');
  });

  test('a signer that an allowed signer added may sign later commits, in the same push', async () => {
    git.push(allowing('ada', 'bob', 'carol'), signedBy('ada'));
    expect(await signersAfter(git.push({ 'a.yaml': '1' }, signedBy('carol')))).toEqual([
      'ada',
      'bob',
      'carol',
    ]);
  });

  test('a removed signer may not sign later commits, in the same push', async () => {
    git.push(allowing('ada'), signedBy('ada'));
    const tip = git.push({ 'a.yaml': '1' }, signedBy('bob'));
    expect(await refusalOf(tip)).toContain('a key that is not allowed');
  });

  test('removing all signers needs a signature, later commits need none', async () => {
    expect(await refusalOf(git.push(allowing()))).toContain('is not signed');
    git.force(start);
    const off = git.push(allowing(), signedBy('ada'));
    expect(await signersAfter(off)).toEqual([]);
    expect(await signersAfter(git.push({ 'a.yaml': '1' }))).toEqual([]);
  });

  test('signers that are added within a push apply to the rest of it', async () => {
    git.push(allowing(), signedBy('ada'));
    git.push(allowing('carol'));
    expect(await refusalOf(git.push({ 'a.yaml': '1' }, signedBy('ada')))).toContain('not allowed');
  });

  test.each([
    ['is broken', 'apiVersion: ['],
    ['is gone', null],
    [
      'names a key that cannot be read',
      allowing('ada')['pressluft.yaml']?.replace(/ssh-ed25519 \S+/, 'ssh-ed25519 AAAA') ?? '',
    ],
  ])('a pressluft.yaml that %s changes nothing about who may sign', async (_, text) => {
    const tip = git.push({ 'pressluft.yaml': text }, signedBy('ada'));
    expect(await signersAfter(tip)).toEqual(['ada', 'bob']);
    expect(await refusalOf(git.push({ 'a.yaml': '1' }))).toContain('is not signed');
  });

  test('without signers everything is accepted, and the next signers are read', async () => {
    const tip = git.push({ 'a.yaml': '1' });
    expect(await signersAfter(tip, trusted())).toEqual(['ada', 'bob']);
  });
});

describe('merges', () => {
  test('an unsigned commit on either side of a signed merge is refused', async () => {
    const unsigned = git.push({ 'evil.yaml': '1' });
    const own = git.push({ 'own.yaml': '1' }, { ...signedBy('ada'), parents: [start] });
    for (const parents of [
      [own, unsigned],
      [unsigned, own],
    ]) {
      const merge = git.push({}, { ...signedBy('ada'), parents });
      expect(await refusalOf(merge)).toContain(`commit ${short(unsigned)} is not signed`);
    }
  });

  test('a merge of signed commits must be signed itself', async () => {
    const left = git.push({ 'a.yaml': '1' }, signedBy('ada'));
    const right = git.push({ 'b.yaml': '1' }, { ...signedBy('bob'), parents: [start] });
    expect(await refusalOf(git.push({}, { parents: [left, right] }))).toContain('is not signed');
    expect(await signersAfter(git.push({}, { ...signedBy('bob'), parents: [left, right] }))).toEqual([
      'ada',
      'bob',
    ]);
  });

  test('a forge that merges needs its key among the signers, and cannot vouch for what it merges', async () => {
    const without = git.push({ 'a.yaml': '1' }, { ...signedBy('bob'), parents: [start] });
    const refused = git.push({}, { ...signedBy('forge'), parents: [start, without] });
    expect(await refusalOf(refused)).toContain('not allowed');

    start = git.push(allowing('ada', 'bob', 'forge'), { parents: [] });
    const withForge = trusted('ada', 'bob', 'forge');
    const signed = git.push({ 'a.yaml': '1' }, { ...signedBy('bob'), parents: [start] });
    const merge = git.push({}, { ...signedBy('forge'), parents: [start, signed] });
    expect(await signersAfter(merge, withForge)).toEqual(['ada', 'bob', 'forge']);
    const unsigned = git.push({ 'b.yaml': '1' }, { parents: [start] });
    const vouching = git.push({}, { ...signedBy('forge'), parents: [start, unsigned] });
    expect(await refusalOf(vouching, withForge)).toContain(`commit ${short(unsigned)} is not signed`);
  });

  test('a merge is signed by somebody whom both sides allow', async () => {
    const added = git.push(allowing('ada', 'bob', 'carol'), signedBy('ada'));
    const other = git.push({ 'a.yaml': '1' }, { ...signedBy('bob'), parents: [start] });
    const parents = [added, other];
    expect(await refusalOf(git.push({}, { ...signedBy('carol'), parents }))).toContain('not allowed');
    expect(await signersAfter(git.push({}, { ...signedBy('bob'), parents }))).toEqual([
      'ada',
      'bob',
      'carol',
    ]);
  });

  test('a branch from before the removal of a signer is checked with the current signers', async () => {
    const old = start;
    start = git.push(allowing('ada'), signedBy('ada'));
    const late = git.push({ 'a.yaml': '1' }, { ...signedBy('bob'), parents: [old] });
    const merge = git.push({}, { ...signedBy('ada'), parents: [start, late] });
    expect(await refusalOf(merge, trusted('ada'))).toContain(
      `commit ${short(late)} is signed by a key that is not allowed`,
    );
  });

  test('a merged history without a known beginning is checked with the current signers', async () => {
    const root = git.push({ 'a.yaml': '1' }, { parents: [] });
    const merge = git.push({}, { ...signedBy('ada'), parents: [start, root] });
    expect(await refusalOf(merge)).toContain(`commit ${short(root)} is not signed`);
  });
});

describe('history goes forward only', () => {
  test('an older commit is refused, though it is signed', async () => {
    const older = git.push({ 'a.yaml': '1' }, signedBy('ada'));
    const newer = git.push({ 'a.yaml': '2' }, signedBy('ada'));
    expect(await refusalOf(older, { ...trusted('ada'), commit: newer })).toBe(
      `PL6007 ${short(older)} does not descend from ${short(newer)}, the last accepted commit; signatures do not permit to go back in history`,
    );
  });

  test('a signed branch from an older commit is refused', async () => {
    const accepted = git.push({ 'a.yaml': '1' }, signedBy('ada'));
    const fork = git.push({ 'a.yaml': '0' }, { ...signedBy('ada'), parents: [start] });
    expect(await refusalOf(fork, { ...trusted('ada'), commit: accepted })).toContain(errors.historyDiverged);
  });

  test('a branch is refused when the accepted commit is not in the clone any more', async () => {
    const gone = 'f'.repeat(40) as CommitSha;
    expect(await refusalOf(start, { ...trusted('ada'), commit: gone })).toContain(errors.historyDiverged);
  });

  test('a commit that is too large to read is refused and does not stop the loop', async () => {
    const tip = git.push({ 'a.yaml': '1' });
    const broken: MemoryGit['repository'] = {
      ...git.repository,
      signature: () => Promise.reject(new PressluftError(errors.cloneIncomplete, 'it has 9999999 bytes')),
    };
    const judged = await judge(tip, trusted('ada'), broken);
    expect(judged).toMatchObject({ kind: 'refused', refusal: { code: errors.commitUnsigned } });
    expect(judged.kind === 'refused' && judged.refusal.message).toContain(
      'cannot be checked: it has 9999999 bytes',
    );
  });

  test('more commits than can be checked in a pass are refused', async () => {
    const tip = git.push({ 'a.yaml': '1' }, signedBy('ada'));
    const many = Array.from({ length: 10_001 }, () => ({ sha: tip, parents: [start] }));
    const endless: MemoryGit['repository'] = {
      ...git.repository,
      commitsBetween: async (older, _, limit) => (older === tip ? [] : many.slice(0, limit)),
    };
    const judged = await judge(tip, trusted('ada'), endless);
    expect(judged).toMatchObject({ kind: 'refused', refusal: { code: errors.commitUnsigned } });
    expect(judged.kind === 'refused' && judged.refusal.message).toContain('more than 10000 new commits');
  });
});
