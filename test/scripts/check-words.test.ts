import { expect, it } from 'vitest';
import { isChecked, wordFindings } from '../../scripts/check-words.ts';

it.each([
  ['const wishedNode = node;', 'wished'],
  ['/** What is held back by a window. */', 'held back'],
  ['the resource is on hold', 'on hold'],
  ['it is not carried out yet', 'carried out'],
  ['carry all of it out', 'carry all of it out'],
  ['class NodeSighting {}', 'Sighting'],
  ['for (const stray of straysOf(nodes))', 'stray'],
  ['what was begun and not ended', 'begun'],
  ['the reference leads nowhere', 'leads nowhere'],
  ['drift is mended', 'mended'],
  ['it is worked out anew', 'anew'],
  ['lest it be lost', 'lest'],
  ["a person's yes", "person's yes"],
  ['not looked at yet', 'looked at'],
  ['function unseenHome()', 'unseen'],
])('finds the word in "%s"', (text, word) => {
  expect(wordFindings(`first line\n${text}\n`)[0]).toMatchObject({ line: 2, word });
});

it('finds nothing in sentences with the words of the field', () => {
  const text = [
    'Reported as blocked; other work continues.',
    'The lock is held by another process; look it up in the table. It recommends a retry.',
    'const desiredDigest = digestOf(task); // not supported yet',
    'The next line leads the list, and the reader looks for it.',
  ].join('\n');
  expect(wordFindings(text)).toEqual([]);
});

it('skips the marked name of a member in an earlier format', () => {
  expect(wordFindings("list(item, 'strays'), // former name\nstrays: # former name")).toEqual([]);
  expect(wordFindings("list(item, 'strays')")).toHaveLength(1);
});

it('reads code, docs and schemas, and neither decisions of the past nor the change log', () => {
  const paths = ['src/plan/plan.ts', 'docs/operations.md', 'README.md', 'schemas/node.schema.json'];
  expect(paths.filter(isChecked)).toEqual(paths);
  expect(['docs/adr/0001-x.md', 'CHANGELOG.md', 'package-lock.json'].filter(isChecked)).toEqual([]);
});
