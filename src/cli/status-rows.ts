import { printable } from '../fleet/printable.ts';
import { widthOf } from '../fleet/text-width.ts';
import { wrapText } from '../plan/wrap-text.ts';
import { inZone } from '../plan/zoned-time.ts';
import { formatAge, formatDuration } from './format-age.ts';
import type { Paint } from './paint.ts';
import { isStuck, type ResourceLine } from './status-line.ts';
import { alignColumns } from './table.ts';

/** How rows are drawn. */
export interface RowStyle {
  readonly paint: Paint;
  /** Ms since the epoch. */
  readonly now: number;
  /** Width of the terminal; null where there is none, and lines may be as long as they are. */
  readonly columns: number | null;
  /** Say also what is said of a resource that is ready. */
  readonly tellsReady: boolean;
}

/** A cell that may be left out where the terminal is too narrow; there is room for those of the highest rank first. */
export interface Fact {
  readonly text: string;
  readonly rank: number;
}

export interface Row {
  readonly line: ResourceLine;
  readonly indent: number;
  readonly facts: readonly Fact[];
  /** The head of the rows below it: not one of their table, and what is wrong is told by them. */
  readonly heading?: boolean;
}

/** Rows of one table with what is to say of each below it, one text of lines for each row. */
export function drawRows(rows: readonly Row[], style: RowStyle): readonly string[] {
  const heads = alignFitting(
    rows.filter(({ heading }) => heading !== true),
    style,
  );
  let drawn = 0;
  let told = '';
  return rows.map((row) => {
    const why = row.heading === true ? [] : reasons(row, style);
    const same = why.length > 0 && why.join('\n') === told;
    if (why.length > 0) told = why.join('\n');
    const below = same ? [style.paint.dim('as above')] : why;
    const head = row.heading === true ? ownCells(row, style).join('  ').trimEnd() : (heads[drawn++] ?? '');
    return [head, ...below.map((text) => `${' '.repeat(row.indent + 2)}${text}`)].join('\n');
  });
}

/** Rows with their columns aligned; a column that is empty in every row, or that there is no room for, is left out. */
function alignFitting(rows: readonly Row[], style: RowStyle): readonly string[] {
  const facts = rows.flatMap((row) => row.facts.map(({ text, rank }, column) => ({ text, rank, column })));
  const ranks = new Map(facts.flatMap(({ text, rank, column }) => (text === '' ? [] : [[column, rank]])));
  const byRank = [...ranks].sort(([, one], [, two]) => two - one).map(([column]) => column);
  const own = rows.map((row) => ownCells(row, style));
  const draw = (columns: ReadonlySet<number>) =>
    alignColumns(
      rows.map((row, index) => [
        ...(own[index] ?? []),
        ...row.facts.flatMap(({ text }, column) => (columns.has(column) ? [printable(text)] : [])),
      ]),
    );
  if (style.columns === null) return draw(new Set(byRank));
  let [shown, heads] = [new Set<number>(), draw(new Set())];
  for (const column of byRank) {
    const wider = new Set([...shown, column]);
    const drawn = draw(wider);
    if (Math.max(0, ...drawn.map(widthOf)) <= style.columns) [shown, heads] = [wider, drawn];
  }
  return heads;
}

function ownCells({ line, indent }: Row, { paint, now }: RowStyle): readonly string[] {
  const hold = line.onHold && line.state !== 'quarantined' ? ` ${paint.yellow('on hold')}` : '';
  const since = sinceWords(line.since, now);
  return [
    `${' '.repeat(indent)}${mark(line, paint)}`,
    paint.bold(printable(line.name)),
    `${printable(line.reason)}${hold}`,
    since === '' ? '' : paint.dim(since),
  ];
}

/** `12 min`, `3 days`: how long it has been so. */
function sinceWords(since: string | null, now: number): string {
  const at = Date.parse(since ?? '');
  return Number.isNaN(at) ? '' : (formatDuration(now - at) ?? formatAge(at, now));
}

/** A sign and a word, so that a state is told without colour, too. */
function mark(line: ResourceLine, paint: Paint): string {
  if (line.reason === 'Failed') return paint.red('✗ failed');
  if (line.reason === 'Completed') return paint.green('✓ done');
  if (isStuck(line)) return paint.red('✗ stalled');
  const { state } = line;
  switch (state) {
    case 'ready':
      return paint.green('✓ ready');
    case 'pending':
      return paint.yellow('… pending');
    case 'waiting':
      return paint.yellow('… waiting');
    case 'retrying':
      return paint.yellow('… retrying');
    case 'leaving':
      return paint.yellow('… removing');
    case 'not-ready':
      return paint.red('✗ not ready');
    case 'stalled':
    case 'retained':
      return paint.cyan('- retained');
    case 'quarantined':
      return paint.yellow('! on hold');
    case 'unknown':
      return paint.dim('? unknown');
    default:
      return state satisfies never;
  }
}

function reasons({ line, indent }: Row, style: RowStyle): readonly string[] {
  const { paint, columns } = style;
  const width = columns === null ? Number.POSITIVE_INFINITY : Math.max(30, columns - indent - 2);
  const wrapped = (label: string, text: string) => labelled(label, text, width, paint);
  const drifted = line.drifted === null || line.drifted === '' ? [] : wrapped('drifted', line.drifted);
  if (line.state === 'ready' && !style.tellsReady) return drifted;
  return [
    ...line.message.split('\n').flatMap((text) => (text === '' ? [] : wrapText(printable(text), width))),
    ...drifted,
    ...wrapped('until', untilWords(line, style.now)),
    // The command that approves is told once, at the top.
    ...(line.reason === 'ApprovalRequired' ? [] : wrapped('next', line.nextStep ?? '')),
  ];
}

function labelled(label: string, text: string, width: number, paint: Paint): readonly string[] {
  if (text === '') return [];
  const [first = '', ...more] = wrapText(printable(text), width - label.length - 1);
  const gap = ' '.repeat(label.length + 1);
  return [`${paint.dim(label)} ${first}`, ...more.map((part) => `${gap}${part}`)];
}

/** `2026-11-21 02:00 Europe/Berlin, in 3 h`; empty when no moment is known. */
function untilWords({ notBefore, timezone }: ResourceLine, now: number): string {
  const at = Date.parse(notBefore ?? '');
  if (notBefore === null || Number.isNaN(at)) return '';
  const duration = formatDuration(at - now);
  const left = at <= now ? 'due now' : duration === null ? 'in a moment' : `in ${duration}`;
  return `${inZone(notBefore, timezone ?? 'UTC')}, ${left}`;
}
