import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
const pages = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...globSync('docs/**/*.md', { cwd: root })];
const read = (path: string) => readFileSync(join(root, path), 'utf8');

describe.each(pages)('%s', (page) => {
  test('links to existing files and headings', () => {
    const targets = [...read(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
    expect(targets.filter((target) => !isReachable(page, target))).toEqual([]);
  });
});

test('every test that docs/security.md quotes exists', () => {
  const tests = globSync('test/**/*.ts', { cwd: root }).map(read).join('\n');
  const quoted = [
    ...read('docs/security.md')
      .replace(/\s+/g, ' ')
      .matchAll(/"([^"]{15,})"/g),
  ];
  const missing = quoted
    .map(([, title = '']) => title.split(' …')[0] ?? '')
    .filter((t) => !tests.includes(t));
  expect(quoted.length).toBeGreaterThan(20);
  expect(missing).toEqual([]);
});

function isReachable(page: string, target: string): boolean {
  if (/^https?:/.test(target)) return true;
  const [path = '', anchor] = target.split('#');
  const file = path === '' ? page : normalize(join(dirname(page), path));
  if (!existsSync(join(root, file))) return false;
  return anchor === undefined || anchorsOf(file).has(anchor);
}

/** Anchors as forges derive them from headings: lower case, no punctuation, dashes for blanks. */
function anchorsOf(page: string): ReadonlySet<string> {
  const headings = [...read(page).matchAll(/^#+ (.*)$/gm)].map(([, text = '']) => text.toLowerCase());
  return new Set(headings.map((text) => text.replace(/[^\w\- ]/g, '').replaceAll(' ', '-')));
}
