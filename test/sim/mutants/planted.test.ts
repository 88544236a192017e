import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { projectRoot } from '../call-sites/call-sites.ts';
import { regressions } from '../regressions/regressions.ts';
import { changed, filesOf } from './plant.ts';
import { mutants } from './planted.ts';

test.each(mutants)('$name can be planted', (mutant) => {
  for (const file of filesOf(mutant)) {
    const text = readFileSync(join(projectRoot, file), 'utf8');
    expect(changed(mutant, file, text)).not.toBe(text);
  }
});

test('every planted bug has a unique name', () => {
  expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length);
});

test('every bug that was found in a history can be planted again', () => {
  const names = new Set(mutants.map(({ name }) => name));
  expect(regressions.filter(({ name }) => !names.has(name))).toEqual([]);
});
