import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { pageOf, renderReference } from '../../scripts/docs-reference.ts';
import { resourceKinds } from '../../src/fleet/resource.ts';
import { diagnosticCodes } from '../../src/manifest/diagnostics/catalogue.ts';
import { isError } from '../../src/manifest/index.ts';
import { load, textFile } from '../manifest/fleet-fixture.ts';

const directory = join(import.meta.dirname, '../../docs/reference');
const pages = renderReference();

describe('the reference of manifests', () => {
  test.each([...pages.keys()])('docs/reference/%s is what `npm run docs` makes', (name) => {
    expect(readFileSync(join(directory, name), 'utf8')).toBe(pages.get(name));
  });

  test('has no page of a removed kind', () => {
    expect(readdirSync(directory).filter((name) => name.endsWith('.md') && !pages.has(name))).toEqual([]);
  });

  test.each(resourceKinds)('explains every field of the spec of %s', (kind) => {
    const page = pages.get(pageOf(kind)) ?? '';
    const rows = page.split('\n').filter((line) => /^\| \[?`/.test(line));
    expect(rows.length).toBeGreaterThan(0);
    for (const row of rows) {
      const cells = row.split(/(?<!\\)\|/).map((cell) => cell.trim());
      expect(cells, row).toHaveLength(6);
      expect(cells[2], row).not.toMatch(/^$|undefined/);
      expect(cells[4], row).toMatch(/\w{3}/);
    }
  });

  test('has an example of every kind, and together they are a valid fleet', () => {
    const files = readdirSync(join(directory, 'examples')).map((name) =>
      textFile(name, readFileSync(join(directory, 'examples', name), 'utf8')),
    );
    const { fleet, diagnostics, resources } = load(files);
    expect(diagnostics.filter(isError)).toEqual([]);
    expect(diagnostics.filter(({ code }) => code !== diagnosticCodes.notSupportedYet)).toEqual([]);
    expect(new Set(resources.map(({ kind }) => kind))).toEqual(new Set(resourceKinds));
    expect(fleet?.quarantine.resources).toEqual(new Map());
  });
});
