import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { cliPage, renderCliTables } from '../../scripts/docs-cli.ts';
import { verbs } from '../../src/cli/verbs.ts';
import { exitCodes } from '../../src/fleet/exit-codes.ts';

const page = readFileSync(cliPage, 'utf8');

test('the tables of docs/operations.md are up to date with the code (npm run docs makes them)', async () => {
  expect(page).toBe(await renderCliTables(page));
});

test('every verb has one row, with its arguments', () => {
  const rows = [...page.matchAll(/^\| `([a-z]+)(?: (.*?))?` \| .+ \|$/gm)].map(([, name]) => name);
  for (const { name } of verbs) expect(rows).toContain(name);
  expect(page).toContain('| `wp <environment> -- <args...>` |');
  expect(page).toContain('| `explain <code\\|resource>` |');
  expect(page).toContain('| `lab up\\|down\\|status\\|reset` |');
});

test('every exit code has one row', () => {
  const [, table = ''] = page.split('| exit code | meaning |');
  const rows = [...table.matchAll(/^\| (\d+) \| .+ \|$/gm)].map(([, code]) => Number(code));
  expect(rows).toEqual(Object.values(exitCodes).map(({ code }) => code));
});
