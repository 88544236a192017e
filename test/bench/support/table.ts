import type { Figure } from './figure.ts';

const heads = ['benchmark', 'what', 'measured', 'beside', 'result', 'target', ''];

/** The figures as a readable table. */
export function renderTable(figures: readonly Figure[]): string {
  let before = '';
  const rows = figures.map((figure) => {
    const name = figure.benchmark === before ? '' : figure.benchmark;
    before = figure.benchmark;
    const mark = figure.reached === null ? '' : figure.reached ? 'reached' : 'MISSED';
    return [name, figure.what, figure.measured, figure.beside, figure.result, figure.target, mark];
  });
  const widths = heads.map((head, column) =>
    Math.max(head.length, ...rows.map((row) => (row[column] ?? '').length)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  const rule = widths.map((width) => '─'.repeat(width)).join('──');
  return [line(heads), rule, ...rows.map(line)].join('\n');
}
