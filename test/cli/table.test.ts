import pc from 'picocolors';
import { expect, test } from 'vitest';
import { alignColumns } from '../../src/cli/table.ts';

const { red } = pc.createColors(true);

test('columns are aligned by what their cells take on a terminal', () => {
  const rows = [
    ['name', 'state', 'title'],
    ['日本', red('ok'), 'wide'],
    ['re\u0301sume\u0301', 'waiting', 'combined'],
    ['last', '', ''],
  ];
  expect(alignColumns(rows)).toEqual([
    'name    state    title',
    `日本    ${red('ok')}       wide`,
    're\u0301sume\u0301  waiting  combined',
    'last',
  ]);
});
