import { printable } from '../fleet/printable.ts';
import { formatAge, formatMoment } from './format-age.ts';
import type { HistoryEntry, HistoryView } from './history-view.ts';
import type { Paint } from './paint.ts';
import { alignColumns } from './table.ts';

const maxSummary = 160;

/** One line for each entry; ends with a newline. */
export function renderHistoryText(view: HistoryView, paint: Paint, now: number): string {
  if (view.entries.length === 0) return `Nothing is recorded for ${view.resource} in that period.\n`;
  const rows = view.entries.map((entry) => {
    const at = Date.parse(entry.at);
    return [
      formatMoment(at),
      paint.dim(formatAge(at, now)),
      mark(entry, paint),
      printable(identity(entry)),
      `${printable(shortened(entry.summary))}${who(entry, paint)}`,
    ];
  });
  return `${paint.bold(view.resource)}\n${alignColumns(rows)
    .map((row) => `  ${row}`)
    .join('\n')}\n`;
}

function mark(entry: HistoryEntry, paint: Paint): string {
  switch (entry.kind) {
    case 'manifest':
      return paint.cyan('commit');
    case 'transition':
      return entry.ready === true ? paint.green('status') : paint.yellow('status');
    case 'run':
      return entry.outcome === 'succeeded' ? paint.green('run') : paint.red('run');
    case 'approval':
      return paint.green('approval');
    case 'backup':
      return paint.magenta('backup');
    default:
      return entry satisfies never;
  }
}

function identity(entry: HistoryEntry): string {
  switch (entry.kind) {
    case 'manifest':
    case 'transition':
      return entry.commit.slice(0, 7);
    case 'run':
      return entry.run;
    case 'approval':
      return entry.plan.slice('sha256:'.length, 'sha256:'.length + 12);
    case 'backup':
      return entry.id;
    default:
      return entry satisfies never;
  }
}

function who(entry: HistoryEntry, paint: Paint): string {
  const person = entry.kind === 'manifest' ? entry.author : entry.kind === 'approval' ? entry.by : '';
  return person === '' ? '' : `  ${paint.dim(printable(person.replace(/ <.*$/, '')))}`;
}

function shortened(text: string): string {
  return text.length <= maxSummary ? text : `${text.slice(0, maxSummary)}…`;
}
