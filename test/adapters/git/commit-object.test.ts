import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCommit } from '../../../src/adapters/git/commit-object.ts';
import { parseCommitSha } from '../../../src/fleet/brand.ts';

const sha = parseCommitSha('a'.repeat(40));
if (sha === undefined) throw new Error('unreachable');
const tree = `tree ${'b'.repeat(40)}\n`;

describe('a commit object', () => {
  it('is read with its parents, signed or not, and a message that looks like headers', () => {
    const text = `${tree}parent ${'c'.repeat(40)}\nparent ${'d'.repeat(40)}\nauthor A B <a@b> 1 +0000\ncommitter C <c@d> 1700000000 -0500\ngpgsig -----BEGIN\n parent ${'e'.repeat(40)}\n -----END\n\nparent ${'f'.repeat(40)}\n`;
    expect(parseCommit(sha, Buffer.from(text))).toEqual({
      sha,
      parents: ['c'.repeat(40), 'd'.repeat(40)],
      message: `parent ${'f'.repeat(40)}\n`,
      author: 'A B <a@b>',
      committedAt: '2023-11-14T22:13:20.000Z',
    });
  });

  it('of any bytes returns a commit or null, never an exception', () => {
    const line = fc.oneof(
      fc.constantFrom('author ', 'committer A <a> 99999999999999 +0000', 'committer A <a> -1', 'parent x'),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        expect(() => parseCommit(sha, Buffer.from(tree + lines.join('\n')))).not.toThrow();
        expect(() => parseCommit(sha, Buffer.from(lines.join('\n')))).not.toThrow();
      }),
    );
  });
});
