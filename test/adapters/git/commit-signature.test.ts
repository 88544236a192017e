import fc from 'fast-check';
import { expect, test } from 'vitest';
import { commitSignature } from '../../../src/adapters/git/commit-signature.ts';

const tree = `tree ${'a'.repeat(40)}`;
const author = 'author Ada <ada@acme.example> 1700000000 +0100';
const committer = 'committer Ada <ada@acme.example> 1700000000 +0100';
const armor = ['-----BEGIN SSH SIGNATURE-----', 'AAAA', 'BBBB', '-----END SSH SIGNATURE-----'];
const gpgsig = `gpgsig ${armor.join('\n ')}`;

const object = (...lines: readonly string[]) => Buffer.from(lines.join('\n'));
const read = (...lines: readonly string[]) => {
  const found = commitSignature(object(...lines));
  return found.kind === 'signed'
    ? { kind: found.kind, payload: Buffer.from(found.payload).toString(), signature: found.signature }
    : found;
};
const problem = (...lines: readonly string[]) => {
  const found = commitSignature(object(...lines));
  return found.kind === 'malformed'
    ? found.message.replace(', so its signature is not checked', '')
    : found.kind;
};

test('the signature is the header, and it covers the rest of the object', () => {
  expect(read(tree, author, committer, gpgsig, '', 'a change', '')).toEqual({
    kind: 'signed',
    payload: object(tree, author, committer, '', 'a change', '').toString(),
    signature: `${armor.join('\n')}\n`,
  });
});

test('an encoding, and headers after the signature, are covered too', () => {
  const odd = ['encoding latin1', 'mergetag object 1', ' type commit', ' '];
  expect(read(tree, author, committer, ...odd, gpgsig, 'other x', ' y', '', 'a change')).toMatchObject({
    payload: object(tree, author, committer, ...odd, 'other x', ' y', '', 'a change').toString(),
  });
});

test('bytes that are not UTF-8 are covered unchanged', () => {
  const message = Buffer.from([0xff, 0xfe, 0x00, 0x0a]);
  const head = object(tree, author, committer, '', '');
  const found = commitSignature(Buffer.concat([object(tree, author, committer, gpgsig, '', ''), message]));
  expect(found).toMatchObject({ kind: 'signed', payload: Buffer.concat([head, message]) });
});

test('without the header a commit is unsigned, even if its message, its author or a merged tag contains one', () => {
  const name = 'author gpgsig -----BEGIN SSH SIGNATURE----- <a@b> 1 +0000';
  expect(read(tree, name, committer, '', gpgsig, '', gpgsig)).toEqual({ kind: 'unsigned' });
  expect(
    read(tree, author, committer, 'mergetag object 1', ` ${gpgsig.replaceAll('\n', '\n ')}`, '', 'x'),
  ).toEqual({
    kind: 'unsigned',
  });
});

test.each([
  ['two signatures', [tree, author, committer, gpgsig, gpgsig, '', 'x'], 'has the header gpgsig twice'],
  [
    'a signature for another hash',
    [tree, author, committer, gpgsig, 'gpgsig-sha256 x', '', 'x'],
    'has the header gpgsig-sha256',
  ],
  [
    'a header that begins like one',
    [tree, author, committer, 'gpgsigs x', '', 'x'],
    'has the header gpgsigs',
  ],
  ['two trees', [tree, tree, author, committer, gpgsig, '', 'x'], 'has the header tree twice'],
  ['two authors', [tree, author, author, committer, gpgsig, '', 'x'], 'has the header author twice'],
  ['two committers', [tree, author, committer, committer, gpgsig, '', 'x'], 'has the header committer twice'],
  [
    'a late parent',
    [tree, author, committer, gpgsig, 'parent x', '', 'x'],
    'has its headers in another order than git writes',
  ],
  [
    'its signature first',
    [gpgsig, tree, author, committer, '', 'x'],
    'has its headers in another order than git writes',
  ],
  [
    'its signature among the parents',
    [tree, gpgsig, author, committer, '', 'x'],
    'has its headers in another order than git writes',
  ],
  ['no author', [tree, committer, gpgsig, '', 'x'], 'has its headers in another order than git writes'],
  [
    'a first line that is continued',
    [' x', tree, author, committer, gpgsig, '', 'x'],
    'begins with a continued line',
  ],
  [
    'a zero byte in a header',
    [tree, `${author}\0`, committer, gpgsig, '', 'x'],
    'has a zero byte in its header',
  ],
  ['no end of its last header', [tree, author, committer], 'ends within its header'],
  [
    'a signature that is too long',
    [tree, author, committer, `gpgsig ${'A'.repeat(65_536)}`, '', 'x'],
    'has a signature of 65537 bytes',
  ],
])('a commit with %s has no valid signature', (_, lines, message) => {
  expect(problem(...lines)).toBe(message);
});

test('any bytes give a result', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 500 }), (bytes) => {
      expect(['unsigned', 'signed', 'malformed']).toContain(commitSignature(bytes).kind);
    }),
  );
});

test('the covered bytes and the signature contain every byte of the object except the header itself, in any order of lines', () => {
  const line = fc.constantFrom(
    tree,
    author,
    committer,
    gpgsig,
    `parent ${'b'.repeat(40)}`,
    'encoding x',
    ' y',
    'gpgsig',
    '',
  );
  fc.assert(
    fc.property(fc.array(line, { maxLength: 12 }), (lines) => {
      const bytes = object(...lines, '', 'message');
      const found = commitSignature(bytes);
      if (found.kind !== 'signed') return;
      const folded = found.signature.trimEnd().split('\n').join('\n ');
      const header = Buffer.from(`gpgsig ${folded}\n`);
      expect(found.payload.length + header.length).toBeGreaterThanOrEqual(bytes.length - 8);
      expect(bytes.indexOf('gpgsig')).toBeGreaterThan(bytes.indexOf('committer'));
      expect(Buffer.from(found.payload).toString().split('\n\n')[0]).not.toContain('\ngpgsig');
    }),
  );
});
