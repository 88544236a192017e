import { printable } from '../fleet/printable.ts';
import { widthOf } from '../fleet/text-width.ts';
import { wrapText } from '../plan/wrap-text.ts';
import { inZone } from '../plan/zoned-time.ts';
import { formatAge, formatDuration } from './format-age.ts';
import type { Paint } from './paint.ts';
import { siteOwnedWords } from './site-owned.ts';
import { isStuck, type ResourceLine } from './status-line.ts';
import { alignColumns } from './table.ts';

/** How rows are drawn. */
export interface RowStyle {
  readonly paint: Paint;
  /** Ms since the epoch. */
  readonly now: number;
  /** Width of the terminal; null without a terminal: lines are not limited. */
  readonly columns: number | null;
  /** Show the message of ready resources, too. */
  readonly showsReadyMessages: boolean;
}

/** A cell that is left out on a narrow terminal; cells of the highest rank are placed first. */
export interface Fact {
  readonly text: string;
  readonly rank: number;
}

export interface Row {
  readonly line: ResourceLine;
  readonly indent: number;
  readonly facts: readonly Fact[];
  /** A heading above other rows: not aligned with them and without reasons, which the rows below show. */
  readonly heading?: boolean;
}

/** The rows of one table, each with its reasons below it; one text for each row. */
export function drawRows(rows: readonly Row[], style: RowStyle): readonly string[] {
  const heads = alignFitting(
    rows.filter(({ heading }) => heading !== true),
    style,
  );
  let drawn = 0;
  let previous = '';
  return rows.map((row) => {
    const why = row.heading === true ? [] : reasons(row, style);
    const same = why.length > 0 && why.join('\n') === previous;
    if (why.length > 0) previous = why.join('\n');
    const below = same ? [style.paint.dim('as above')] : why;
    const head = row.heading === true ? ownCells(row, style).join('  ').trimEnd() : (heads[drawn++] ?? '');
    return [head, ...below.map((text) => `${' '.repeat(row.indent + 2)}${text}`)].join('\n');
  });
}

/** Rows with aligned columns. Empty columns, and columns that do not fit, are left out. */
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
  const quarantined =
    line.quarantined && line.state !== 'quarantined' ? ` ${paint.yellow('quarantined')}` : '';
  const since = sinceWords(line.since, now);
  return [
    `${' '.repeat(indent)}${mark(line, paint)}`,
    paint.bold(printable(line.name)),
    `${printable(line.reason)}${quarantined}`,
    since === '' ? '' : paint.dim(since),
  ];
}

/** `12 min`, `3 days`: time since the last transition. */
function sinceWords(since: string | null, now: number): string {
  const at = Date.parse(since ?? '');
  return Number.isNaN(at) ? '' : (formatDuration(now - at) ?? formatAge(at, now));
}

/** A symbol and a word, so that the state is readable without colour. */
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
    case 'suspended':
      return paint.cyan('‖ suspended');
    case 'quarantined':
      return paint.yellow('! quarantined');
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
  // Differences that are left alone are shown for a selected resource only.
  const owned = style.showsReadyMessages ? (line.siteOwned ?? []).map(siteOwnedWords) : [];
  const ofSite = owned.flatMap((words) => wrapText(words, width));
  const drifted = line.drifted === null || line.drifted === '' ? [] : wrapped('drifted', line.drifted);
  if (line.ready === 'ready' && ['ready', 'suspended'].includes(line.state) && !style.showsReadyMessages)
    return drifted;
  return [
    ...line.message.split('\n').flatMap((text) => (text === '' ? [] : wrapText(printable(text), width))),
    ...ofSite,
    ...drifted,
    ...wrapped('until', untilWords(line, style.now)),
    // The headline shows the command that approves.
    ...(line.reason === 'ApprovalRequired' ? [] : wrapped('next', line.nextStep ?? '')),
  ];
}

function labelled(label: string, text: string, width: number, paint: Paint): readonly string[] {
  if (text === '') return [];
  const [first = '', ...more] = wrapText(printable(text), width - label.length - 1);
  const gap = ' '.repeat(label.length + 1);
  return [`${paint.dim(label)} ${first}`, ...more.map((part) => `${gap}${part}`)];
}

/** `2026-11-21 02:00 Europe/Berlin, in 3 h`; empty if no time is known. */
function untilWords({ notBefore, timezone }: ResourceLine, now: number): string {
  const at = Date.parse(notBefore ?? '');
  if (notBefore === null || Number.isNaN(at)) return '';
  const duration = formatDuration(at - now);
  const left = at <= now ? 'due now' : duration === null ? 'in less than 1 min' : `in ${duration}`;
  return `${inZone(notBefore, timezone ?? 'UTC')}, ${left}`;
}
