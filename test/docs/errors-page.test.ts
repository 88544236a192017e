import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { errorsPage, renderErrorsPage } from '../../scripts/docs-errors.ts';
import { errorCatalogue } from '../../src/fleet/error-catalogue.ts';
import { diagnosticCatalogue } from '../../src/manifest/diagnostics/catalogue.ts';

const root = join(import.meta.dirname, '..', '..');

test('docs/errors.md is up to date with the catalogues (npm run docs makes it)', () => {
  expect(readFileSync(join(root, errorsPage), 'utf8')).toBe(renderErrorsPage());
});

test('every code has one row', () => {
  const rows = renderErrorsPage()
    .split('\n')
    .flatMap((line) => /^\| `(PL\d{4})` \|/.exec(line)?.[1] ?? []);
  const codes = [...Object.keys(diagnosticCatalogue), ...Object.keys(errorCatalogue)];
  expect(rows.toSorted()).toEqual(codes.toSorted());
});
