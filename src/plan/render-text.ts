import type { ActionKind, Blocked, FieldChange, Risk } from '../fleet/plan.ts';
import { printable } from '../fleet/printable.ts';
import type { SourcePosition } from '../fleet/resource.ts';
import type { PlanJson, PlannedAction } from './plan-json.ts';

type Style = (text: string) => string;

/** Styles of a terminal; `plainPaint` leaves text as it is. */
export interface Paint {
  readonly bold: Style;
  readonly dim: Style;
  readonly red: Style;
  readonly green: Style;
  readonly yellow: Style;
}

const asIs: Style = (text) => text;
export const plainPaint: Paint = { bold: asIs, dim: asIs, red: asIs, green: asIs, yellow: asIs };

/** Longer values are cut: a plan is read by people, and the JSON form has all of them. */
const maxValueLength = 60;

/** Text of a plan, made of its JSON form alone, so that the two cannot disagree. Ends with a newline. */
export function renderPlanText(plan: PlanJson, paint: Paint = plainPaint): string {
  const uncommitted = /^0+$/.test(plan.commit);
  const at = uncommitted ? 'what lies in the directory' : `commit ${plan.commit.slice(0, 12)}`;
  const blocks = [
    [`Plan for ${at}`, summaryLine(plan, paint)],
    ...plan.actions.map((action) => actionLines(action, paint)),
    ...blockedBlocks(plan.blocked, paint),
  ];
  return `${blocks.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function actionLines(action: PlannedAction, paint: Paint): readonly string[] {
  const { symbol, style } = mark(action, paint);
  const details: readonly (readonly [string, string])[] = [
    ...(action.cause === null ? [] : [['cause', place(action.cause)] as const]),
    ['risk', riskWords(action, paint)],
    ...(action.undo.lost === null
      ? []
      : [['note', paint.red(`cannot be undone: ${printable(action.undo.lost)}`)] as const]),
    ...(action.dependsOn.length === 0
      ? []
      : [['after', paint.dim(action.dependsOn.map(printable).join(', '))] as const]),
  ];
  return [
    `${style(symbol)} ${paint.bold(printable(action.resource))}  ${action.kind}  ${paint.dim(action.reason)}`,
    `    ${printable(action.message)}`,
    ...changeLines(action.changes, paint).map((line) => `    ${line}`),
    ...details.map(([label, text]) => `    ${paint.dim(label.padEnd(6))}${text}`),
  ];
}

const removals: ReadonlySet<ActionKind> = new Set([
  'node.delete',
  'environment.delete',
  'environment.retain',
]);

function mark(action: PlannedAction, paint: Paint): { symbol: string; style: Style } {
  if (removals.has(action.kind)) return { symbol: '-', style: paint.red };
  const fresh = ['Missing', 'ServerMissing', 'Returned'].includes(action.reason);
  return fresh ? { symbol: '+', style: paint.green } : { symbol: '~', style: paint.yellow };
}

/** Fields and their old values in columns of equal width. */
function changeLines(changes: readonly FieldChange[], paint: Paint): readonly string[] {
  const rows = changes.map(({ field, before, after }) => ({
    field: printable(field),
    before: valueText(before),
    after: valueText(after),
  }));
  const fieldWidth = Math.max(0, ...rows.map((row) => row.field.length));
  const beforeWidth = Math.max(0, ...rows.map((row) => row.before.length));
  return rows.map(
    ({ field, before, after }) =>
      `${field.padEnd(fieldWidth)}  ${paint.red(before)}${' '.repeat(beforeWidth - before.length)} → ${paint.green(after)}`,
  );
}

function valueText(value: unknown): string {
  if (value === null || value === undefined) return '(none)';
  const text = printable(JSON.stringify(value));
  return text.length <= maxValueLength ? text : `${text.slice(0, maxValueLength - 1)}…`;
}

function riskWords({ risk, downtime: { seconds } }: PlannedAction, paint: Paint): string {
  const downtime = seconds > 0 ? `, about ${seconds} s of downtime` : '';
  switch (risk) {
    case 'none':
      return `no interruption${downtime}`;
    case 'restart':
      return `services restart${downtime || ', no downtime expected'}`;
    case 'downtime':
      return paint.yellow(`the site is away${downtime}`);
    case 'data':
      return paint.red(`data can be changed or lost${downtime}`);
    default:
      return risk satisfies never;
  }
}

function blockedBlocks(blocked: readonly Blocked[], paint: Paint): readonly (readonly string[])[] {
  if (blocked.length === 0) return [];
  return [[paint.bold('Held back')], ...blocked.map((item) => blockedLines(item, paint))];
}

function blockedLines(item: Blocked, paint: Paint): readonly string[] {
  const style = item.needsPerson ? paint.red : paint.yellow;
  return [
    `${style('!')} ${paint.bold(printable(item.resource))}  ${item.kind}  ${paint.dim(item.reason)}`,
    ...item.message.split('\n').map((line) => `    ${printable(line)}`),
    ...(item.cause === null ? [] : [`    ${paint.dim('cause ')}${place(item.cause)}`]),
    `    ${paint.dim('next  ')}${printable(item.nextStep)}`,
  ];
}

function place({ file, line, column }: SourcePosition): string {
  return `${printable(file)}:${line}:${column}`;
}

const riskNouns: Readonly<Record<Risk, string>> = {
  none: 'without risk',
  restart: 'with a restart',
  downtime: 'with downtime',
  data: 'touching data',
};

function summaryLine({ summary }: PlanJson, paint: Paint): string {
  if (summary.actions === 0 && summary.blocked === 0) return 'No changes. The fleet is as described.';
  const risks = (['none', 'restart', 'downtime', 'data'] as const)
    .filter((risk) => summary.byRisk[risk] > 0)
    .map((risk) => `${summary.byRisk[risk]} ${riskNouns[risk]}`);
  const undo = summary.irreversible === 0 ? [] : [`${summary.irreversible} that cannot be undone`];
  const held =
    summary.blocked === 0
      ? ''
      : ` ${summary.blocked} held back${summary.needsPerson === 0 ? '' : `, ${summary.needsPerson} until a person acts`}.`;
  const changes =
    summary.actions === 0
      ? 'No changes can be made now.'
      : `${summary.actions} ${summary.actions === 1 ? 'change' : 'changes'}: ${[...risks, ...undo].join(', ')}.`;
  return `${paint.bold(changes)}${held}`;
}
