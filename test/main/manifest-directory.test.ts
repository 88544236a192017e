import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadDirectory } from '../../src/main/manifest-directory.ts';
import { diagnosticCodes } from '../../src/manifest/diagnostics/catalogue.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'pressluft-directory-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

test('a restore of a time that has not come is refused by the clock of this machine', async () => {
  const restore = (name: string, time: string) =>
    `apiVersion: pressluft.dev/v1\nkind: Restore\nmetadata: { name: ${name} }\nspec: { environment: acme, from: { time: ${time} } }\n`;
  writeFileSync(
    join(root, 'requests.yaml'),
    [restore('past', '2020-01-01T00:00:00Z'), restore('future', '2999-01-01T00:00:00Z')].join('---\n'),
  );
  const { diagnostics } = await loadDirectory(root, undefined);
  expect(
    diagnostics.flatMap(({ code, resource }) => (code === diagnosticCodes.requestNotDue ? [resource] : [])),
  ).toEqual(['restore/future']);
});
