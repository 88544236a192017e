import { printable } from '../fleet/printable.ts';
import type { CheckStatus, DoctorReport } from './report.ts';

/** Colours for a terminal; without one, every function returns its text unchanged. */
export type Paint = Readonly<Record<CheckStatus | 'dim', (text: string) => string>>;

const symbols: Readonly<Record<CheckStatus, string>> = { ok: '✓', warn: '!', fail: '✗', skip: '–' };

/** One aligned line for each check with its hint below, and a summary line. */
export function renderReport(report: DoctorReport, paint: Paint): string {
  const width = Math.max(...report.checks.map((check) => check.id.length), 0);
  const lines = report.checks.flatMap(({ id, status, message, hint }) => {
    const mark = paint[status](`${symbols[status]} ${status.padEnd(4)}`);
    const first = `${mark}  ${id.padEnd(width)}  ${oneLine(message)}`;
    const indent = ' '.repeat(2 + 4 + 2 + width + 2);
    return hint === undefined || status === 'ok' ? [first] : [first, `${indent}${paint.dim(oneLine(hint))}`];
  });
  return `${[...lines, '', summary(report)].join('\n')}\n`;
}

function summary({ counts }: DoctorReport): string {
  const parts = [`${counts.ok} ok`];
  if (counts.warn > 0) parts.push(`${counts.warn} to check`);
  if (counts.fail > 0) parts.push(`${counts.fail} failed`);
  if (counts.skip > 0) parts.push(`${counts.skip} skipped`);
  return `${parts.join(', ')}.`;
}

/** Messages quote other programs and remote replies, which may contain line breaks. */
function oneLine(text: string): string {
  return printable(text.trim().replaceAll(/\s*[\r\n]+\s*/g, ' '));
}
