import { printable } from '../../fleet/printable.ts';
import { padToWidth } from '../../fleet/text-width.ts';
import { formatSeconds } from '../format-seconds.ts';
import type { Paint } from '../paint.ts';
import { fitWidth } from './fit-width.ts';
import type { ProgressModel, ProgressRow, RowState } from './view-model.ts';

export interface FrameOptions {
  readonly columns: number;
  /** Height of the terminal. A frame is always shorter, so that it can be redrawn. */
  readonly rows: number;
  readonly nowMs: number;
  readonly paint: Paint;
}

const spinner = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'] as const;
const spinnerStepMs = 100;
const nameWidth = 34;

/** The lines of a frame: a header, then each node with its resources. Every line fits the width. */
export function renderFrame(model: ProgressModel, options: FrameOptions): readonly string[] {
  const groups = groupByNode(model);
  const all = groups.flatMap((group) => groupLines(model, group, options));
  const room = Math.max(3, options.rows - 3 - problemLines(model, options).length);
  const shown = all.length <= room ? all : mostImportant(all, room);
  const lines = [
    headerLine(model, options),
    ...problemLines(model, options),
    ...(shown.length === 0 ? [] : ['']),
    ...shown.map(({ text }) => text),
  ];
  return lines.map((line) => fitWidth(line.trimEnd(), options.columns - 1));
}

function headerLine(model: ProgressModel, { nowMs, paint }: FrameOptions): string {
  const commit = model.commit === null ? '' : `  commit ${model.commit.slice(0, 7)}`;
  const recorded = model.statusCommit === null ? '' : `  recorded ${model.statusCommit.slice(0, 7)}`;
  if (model.finished !== null) {
    const { outcome, durationMs } = model.finished;
    const took = durationMs > 0 ? ` in ${formatSeconds(durationMs)}` : '';
    return `${paint.bold(`pass ${model.pass ?? '-'}`)}${paint.dim(commit)}  ${outcomeText(outcome, paint)}${took}${paint.dim(recorded)}`;
  }
  const elapsed = formatSeconds(nowMs - model.startedAtMs);
  const phase = model.phase ?? 'start';
  return `${paint.cyan(frameOf(nowMs))} ${paint.bold(`pass ${model.pass ?? '-'}`)}${paint.dim(commit)}  ${phase}  ${paint.dim(elapsed)}`;
}

/** A broken or refused commit: what is shown below is of an earlier one. */
function problemLines({ finished, commit }: ProgressModel, { paint }: FrameOptions): readonly string[] {
  if (finished === null || finished.problem === null) return [];
  const which = commit === null ? 'the newest commit' : `commit ${commit.slice(0, 7)}`;
  return [
    paint.red(
      `  ${finished.outcome === 'invalid' ? which : 'the newest commit'} is not applied: ${printable(finished.problem)}`,
    ),
    paint.yellow('  The fleet stays as it was; what is below is of an earlier commit.'),
  ];
}

function outcomeText(outcome: string, paint: Paint): string {
  const text = printable(outcome);
  if (outcome === 'converged' || outcome === 'idle') return paint.green(text);
  return outcome === 'failed' || outcome.startsWith('error') ? paint.red(text) : paint.yellow(text);
}

interface Group {
  readonly name: string;
  readonly own: ProgressRow | undefined;
  readonly rows: readonly ProgressRow[];
}

function groupByNode(model: ProgressModel): readonly Group[] {
  const rows = [...model.rows.values()];
  const names = [...new Set(rows.map((row) => row.node ?? ''))].sort();
  return names.map((name) => ({
    name,
    own: rows.find((row) => row.ref === `node/${name}`),
    rows: rows
      .filter((row) => (row.node ?? '') === name && row.ref !== `node/${name}`)
      .sort((a, b) => (a.ref < b.ref ? -1 : 1)),
  }));
}

interface FrameLine {
  readonly text: string;
  /** Null for a heading, which is always shown. */
  readonly state: RowState | null;
}

function groupLines(model: ProgressModel, group: Group, options: FrameOptions): readonly FrameLine[] {
  const { paint } = options;
  const name = group.name === '' ? 'elsewhere' : printable(group.name);
  const running = group.rows.some((row) => row.state === 'working');
  const shared = running ? [...model.nodeSteps].find(([node]) => node === group.name)?.[1] : undefined;
  const label = `  ${paint.bold(padToWidth(name, nameWidth))}`;
  const { own } = group;
  // A task for several environments is shown at the node, even if the node itself has no action.
  const heading =
    own === undefined
      ? `${label}${shared === undefined ? '' : ` ${paint.dim(printable(shared))}`}`
      : rowText(
          own.state === 'working' || shared === undefined ? own : { ...own, step: shared },
          label,
          options,
        );
  const rows = group.rows.map((row) => ({
    state: row.state,
    text: rowText(row, `    ${padToWidth(printable(shortName(row.ref)), nameWidth - 2)}`, options),
  }));
  return [{ text: heading, state: null }, ...rows];
}

function shortName(ref: string): string {
  return ref.startsWith('environment/') ? ref.slice('environment/'.length) : ref;
}

function rowText(row: ProgressRow, label: string, { nowMs, paint }: FrameOptions): string {
  const detail = row.message ?? row.step;
  const words = detail === null ? '' : `  ${paint.dim(printable(detail))}`;
  return `${label} ${stateText(row.state, nowMs, paint)} ${elapsedText(row, nowMs, paint)}${words}`;
}

function elapsedText(row: ProgressRow, nowMs: number, paint: Paint): string {
  const width = 12;
  if (row.startedAtMs === null) return ' '.repeat(width);
  return paint.dim(formatSeconds((row.endedAtMs ?? nowMs) - row.startedAtMs).padStart(width));
}

/** Symbol, word and colour each show the state, so none is needed alone. */
function stateText(state: RowState, nowMs: number, paint: Paint): string {
  const word = state.padEnd(7);
  switch (state) {
    case 'waiting':
      return paint.dim(`· ${word}`);
    case 'working':
      return paint.cyan(`${frameOf(nowMs)} ${word}`);
    case 'done':
      return paint.green(`✓ ${word}`);
    case 'failed':
      return paint.red(`✗ ${word}`);
    case 'blocked':
      return paint.yellow(`! ${word}`);
    default:
      return state satisfies never;
  }
}

function frameOf(nowMs: number): string {
  return spinner[Math.floor(nowMs / spinnerStepMs) % spinner.length] ?? '·';
}

const importance: readonly (RowState | null)[] = [null, 'failed', 'working', 'blocked', 'waiting', 'done'];

/** The lines of the most important states that fit, in their order, and a count of the rest. */
function mostImportant(lines: readonly FrameLine[], room: number): readonly FrameLine[] {
  const ranked = lines
    .map((line, index) => ({ index, rank: importance.indexOf(line.state) }))
    .sort((a, b) => a.rank - b.rank || a.index - b.index);
  const kept = new Set(ranked.slice(0, room - 1).map(({ index }) => index));
  const hidden = lines.filter((_, index) => !kept.has(index));
  const counts = importance.flatMap((state) => {
    const count = hidden.filter((line) => line.state === state).length;
    return state === null || count === 0 ? [] : [`${count} ${state}`];
  });
  const shown = lines.filter((_, index) => kept.has(index));
  return [...shown, { text: `    … and ${counts.join(', ') || `${hidden.length} more`}`, state: null }];
}
