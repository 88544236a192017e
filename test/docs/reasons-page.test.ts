import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { reasonsPage, renderReasons } from '../../scripts/docs-reasons.ts';
import { reasons } from '../../src/fleet/reasons.ts';

test('docs/reasons.md is what `npm run docs` makes of the reasons', () => {
  expect(readFileSync(reasonsPage, 'utf8')).toBe(renderReasons());
});

test('every reason has a row of its own', () => {
  const rows = renderReasons().match(/^\| `\w+` \|/gm) ?? [];
  expect(rows.map((row) => row.slice(3, -3)).sort()).toEqual(Object.keys(reasons).sort());
});
