import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { presentErrorPages, renderErrorPages } from '../../scripts/docs-errors.ts';
import { errorsByCode } from '../../src/fleet/error-catalogue.ts';
import { diagnosticsByCode } from '../../src/manifest/diagnostics/catalogue.ts';

const root = join(import.meta.dirname, '..', '..');
const docs = join(root, 'docs');
const codes = [...Object.keys(diagnosticsByCode), ...Object.keys(errorsByCode)].toSorted();
const pages = renderErrorPages();

test('docs/errors.md and docs/errors/ are up to date with the catalogues and golden tests (npm run docs makes them)', () => {
  expect(presentErrorPages().toSorted()).toEqual([...pages.keys()].toSorted());
  const stale = [...pages].filter(([path, page]) => readFileSync(join(docs, path), 'utf8') !== page);
  expect(stale.map(([path]) => path)).toEqual([]);
});

test('every code has one row in the index, which links to its page', () => {
  const rows = (pages.get('errors.md') ?? '')
    .split('\n')
    .flatMap((line) => /^\| \[`(PL\d{4})`\]\(errors\/\1\.md\) \|/.exec(line)?.[1] ?? []);
  expect(rows.toSorted()).toEqual(codes);
});

test('every page has the cause and the cure of the code', () => {
  for (const code of codes) {
    expect(pages.get(`errors/${code}.md`)).toMatch(
      new RegExp(`^# ${code}: .+\\n\\n.+\\n\\n## What it means\\n\\n.{20,}\\n\\n## What to do\\n\\n.{7,}\\n`),
    );
  }
});

test('the page of a diagnostic shows its output', () => {
  for (const code of Object.keys(diagnosticsByCode)) {
    expect(pages.get(`errors/${code}.md`)).toMatch(
      new RegExp(`\`pressluft validate\` prints:\\n\\n\`{3,}text\\n[^]* ${code}: `),
    );
  }
});

test('no code is used twice, because the later meaning would silently replace the other', () => {
  const given = globSync('src/**/*.ts', { cwd: root }).flatMap((file) =>
    [...readFileSync(join(root, file), 'utf8').matchAll(/^ {4}code: '(PL\d{4})',$/gm)].map(
      ([, code]) => code,
    ),
  );
  expect(given.toSorted()).toEqual(codes);
});
