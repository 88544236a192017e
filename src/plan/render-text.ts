import type { ActionKind, FieldChange } from '../fleet/plan.ts';
import { printable } from '../fleet/printable.ts';
import { type Folded, foldActions, foldHeldBack, unfolded } from './fold.ts';
import { type Paint, plainPaint } from './paint.ts';
import type { HeldBack, PlannedAction } from './plan-json.ts';
import { type PlanSubject, type PlanView, viewOf } from './plan-view.ts';
import {
  changesWords,
  comparisonWords,
  counted,
  downtimeWords,
  durationWords,
  heldBackWords,
  isUncommitted,
  listWords,
  observedWords,
  placeWords,
  restoresWords,
  revertWords,
  totalDowntimeWords,
  undoWords,
  whenWords,
  whomWords,
} from './plan-words.ts';
import { cut, lengthOf, wrapText } from './wrap-text.ts';

export { type Paint, plainPaint } from './paint.ts';

export interface TextOptions {
  /** Width of the terminal; at least 40. */
  readonly columns?: number;
  /** Every item on its own, also where many say the same, and pending ones in full. */
  readonly verbose?: boolean;
}

interface Style {
  readonly paint: Paint;
  readonly columns: number;
  readonly verbose: boolean;
}

/** A plan that does not fit on a screen has its summary at the end as well. */
const longPlan = 8;
const indent = '    ';

/**
 * Text of a plan, or of what a merge adds to one, made of its JSON form alone, so that the two cannot disagree. Values are
 * cut to the width: the JSON form has all of them. Holds no control characters but line ends; ends with a newline.
 */
export function renderPlanText(
  subject: PlanSubject,
  paint: Paint = plainPaint,
  options: TextOptions = {},
): string {
  const view = viewOf(subject);
  const style = { paint, columns: Math.max(40, options.columns ?? 100), verbose: options.verbose ?? false };
  const actions = style.verbose ? unfolded(view.actions) : foldActions(view.actions);
  const heldBack = style.verbose ? unfolded(view.heldBack) : foldHeldBack(view.heldBack);
  const blocks = [
    [...titleLines(view, style), ...summaryLines(view, style)],
    ...actions.map((folded) => actionLines(folded, style)),
    ...heldBackBlocks('Held back', heldBack, style),
    ...pendingBlocks(view, style),
    ...resolvedBlocks(view, style),
    ...closingBlocks(view, actions.length + heldBack.length, style),
  ];
  return `${blocks.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function titleLines({ plan }: PlanView, { paint, columns }: Style): readonly string[] {
  const at = isUncommitted(plan.commit) ? 'what lies in the directory' : `commit ${plan.commit.slice(0, 12)}`;
  const title = [`Plan for ${at}`, observedWords(plan)].filter((part) => part !== '').join(', ');
  const notes = plan.notes.flatMap((note) => wrapText(printable(note), columns));
  return [...wrapText(printable(title), columns), ...notes.map(paint.dim)];
}

function summaryLines(view: PlanView, { paint, columns }: Style): readonly string[] {
  const { comparison, summary } = view;
  const extra = [...revertWords(view), ...comparisonWords(view)];
  if (summary.actions === 0 && summary.blocked === 0) {
    const nothing =
      comparison === null
        ? 'No changes. The fleet is as described.'
        : 'This merge changes nothing on the fleet.';
    return [nothing, ...extra].flatMap((line) => wrapText(printable(line), columns));
  }
  const merge = comparison === null ? '' : 'This merge adds ';
  const changes =
    summary.actions === 0
      ? `${comparison === null ? 'No changes can be made now' : 'This merge adds no change that can be made now'}.`
      : `${merge}${changesWords(summary)}.`;
  const rest = [totalDowntimeSentence(view.actions), heldBackWords(summary)];
  const [first = '', ...more] = wrapText([changes, ...rest].filter((part) => part !== '').join(' '), columns);
  const bold =
    lengthOf(first) >= lengthOf(changes)
      ? paint.bold(changes) + first.slice(changes.length)
      : paint.bold(first);
  return [bold, ...more, ...extra.flatMap((line) => wrapText(printable(line), columns))];
}

function totalDowntimeSentence(actions: readonly PlannedAction[]): string {
  const words = totalDowntimeWords(actions);
  return words === '' ? '' : `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
}

function actionLines({ first, all }: Folded<PlannedAction>, style: Style): readonly string[] {
  const { paint } = style;
  const { symbol, tone } = mark(first, paint);
  const whom = all.length === 1 ? first.resource : `the same change in ${whomWords(resourcesOf(all))}`;
  return [
    `${tone(symbol)} ${paint.bold(printable(whom))}  ${first.kind}  ${paint.dim(printable(first.reason))}`,
    ...indented(first.message, style),
    ...changeLines(first.changes, style),
    ...labelled('in', all.length === 1 ? '' : listWords(resourcesOf(all).map(nameOf), 8), style),
    ...labelled('cause', causeWords(all), style),
    ...consequenceLines(first, all, style),
    ...labelled('after', all.length > 1 ? '' : listWords(first.dependsOn, 4), style, paint.dim),
  ];
}

/** Risk, downtime, undo and data of one action or of many that say the same. */
function consequenceLines(
  first: PlannedAction,
  all: readonly PlannedAction[],
  style: Style,
): readonly string[] {
  const { paint } = style;
  const tone = { none: plain, restart: plain, downtime: paint.yellow, data: paint.red }[first.risk];
  return [
    ...labelled('risk', riskWords(first, all), style, tone),
    ...labelled('undo', undoWords(first, all.length), style, first.undo.byRevert ? plain : paint.red),
    ...labelled('data', restoresWords(first), style, paint.green),
  ];
}

const plain = (text: string) => text;

function causeWords(all: readonly PlannedAction[]): string {
  const places = all.flatMap(({ cause }) => (cause === null ? [] : [placeWords(cause)]));
  return listWords(places, 1);
}

function resourcesOf(items: readonly { readonly resource: string }[]): readonly string[] {
  return items.map((item) => item.resource);
}

function nameOf(resource: string): string {
  return resource.slice(resource.indexOf('/') + 1);
}

const removals: ReadonlySet<ActionKind> = new Set([
  'node.delete',
  'environment.delete',
  'environment.retain',
]);

function mark(action: PlannedAction, paint: Paint): { symbol: string; tone: (text: string) => string } {
  if (removals.has(action.kind)) return { symbol: '-', tone: paint.red };
  const fresh = ['Missing', 'ServerMissing', 'Returned'].includes(action.reason);
  return fresh ? { symbol: '+', tone: paint.green } : { symbol: '~', tone: paint.yellow };
}

/** Fields and their old values in columns of equal width. */
function changeLines(changes: readonly FieldChange[], { paint, columns }: Style): readonly string[] {
  const fieldWidth = Math.min(
    Math.floor(columns / 2),
    Math.max(0, ...changes.map(({ field }) => lengthOf(printable(field)))),
  );
  const free = Math.max(8, columns - indent.length - fieldWidth - 5);
  const beforeWidth = Math.min(
    Math.floor(free / 2),
    Math.max(0, ...changes.map(({ before }) => lengthOf(valueText(before)))),
  );
  return changes.map(({ field, before, after }) => {
    const name = cut(printable(field), fieldWidth);
    const old = cut(valueText(before), beforeWidth);
    const wanted = cut(valueText(after), free - beforeWidth);
    const pad = (text: string, width: number) => ' '.repeat(Math.max(0, width - lengthOf(text)));
    return `${indent}${name}${pad(name, fieldWidth)}  ${paint.red(old)}${pad(old, beforeWidth)} → ${paint.green(wanted)}`;
  });
}

function valueText(value: unknown): string {
  return value === null || value === undefined ? '(none)' : printable(JSON.stringify(value));
}

function riskWords(first: PlannedAction, all: readonly PlannedAction[]): string {
  const own = downtimeWords(first);
  const seconds = all.reduce((sum, action) => sum + action.downtime.seconds, 0);
  const total = all.length === 1 || seconds === 0 ? '' : `, ${durationWords(seconds)} in all`;
  const downtime = own === '' ? '' : `, ${own}${all.length === 1 ? '' : ' each'}${total}`;
  switch (first.risk) {
    case 'none':
      return `no interruption${downtime}`;
    case 'restart':
      return `services restart${downtime || ', no downtime expected'}`;
    case 'downtime':
      return `the site is away${downtime}`;
    case 'data':
      return `data can be changed or lost${downtime}`;
    default:
      return first.risk satisfies never;
  }
}

function heldBackBlocks(
  title: string,
  items: readonly Folded<HeldBack>[],
  style: Style,
): readonly (readonly string[])[] {
  if (items.length === 0) return [];
  return [[style.paint.bold(title)], ...items.map((item) => heldBackLines(item, style))];
}

function heldBackLines({ first, all }: Folded<HeldBack>, style: Style): readonly string[] {
  const { paint } = style;
  const tone = first.needsPerson ? paint.red : paint.yellow;
  const whom = all.length === 1 ? first.resource : `the same in ${whomWords(resourcesOf(all))}`;
  const would = all.flatMap(({ action }) => (action === null ? [] : [action]));
  return [
    `${tone('!')} ${paint.bold(printable(whom))}  ${first.kind}  ${paint.dim(printable(first.reason))}`,
    ...first.message.split('\n').flatMap((line) => indented(line, style)),
    ...(first.action === null ? [] : changeLines(first.action.changes, style)),
    ...labelled('in', all.length === 1 ? '' : listWords(resourcesOf(all).map(nameOf), 8), style),
    ...labelled('cause', first.cause === null ? '' : listWords(all.flatMap(causeOf), 1), style),
    ...(first.action === null ? [] : consequenceLines(first.action, would, style)),
    ...labelled('when', whenWords(first), style, paint.yellow),
    ...labelled('next', first.nextStep, style),
  ];
}

function causeOf({ cause }: HeldBack): readonly string[] {
  return cause === null ? [] : [placeWords(cause)];
}

function pendingBlocks(view: PlanView, style: Style): readonly (readonly string[])[] {
  const { pendingActions, pendingHeldBack } = view;
  if (pendingActions.length + pendingHeldBack.length === 0) return [];
  const title = 'Pending already, without this merge';
  if (style.verbose) {
    return [
      [style.paint.bold(title)],
      ...unfolded(pendingActions).map((folded) => actionLines(folded, style)),
      ...unfolded(pendingHeldBack).map((folded) => heldBackLines(folded, style)),
    ];
  }
  const short = (symbol: string, whom: string, kind: string, reason: string) =>
    `  ${symbol} ${printable(whom)}  ${kind}  ${style.paint.dim(printable(reason))}`;
  const lines = [
    ...foldActions(pendingActions).map(({ first, all }) =>
      short(mark(first, style.paint).symbol, whomWords(resourcesOf(all)), first.kind, first.reason),
    ),
    ...foldHeldBack(pendingHeldBack).map(({ first, all }) =>
      short('!', whomWords(resourcesOf(all)), first.kind, first.reason),
    ),
  ];
  return [[style.paint.bold(title), ...lines]];
}

function resolvedBlocks({ resolved }: PlanView, { paint }: Style): readonly (readonly string[])[] {
  if (resolved.length === 0) return [];
  const lines = resolved.map(
    ({ resource, kind, reason }) => `  ${printable(resource)}  ${kind}  ${paint.dim(printable(reason))}`,
  );
  return [[paint.bold('No longer needed after this merge'), ...lines]];
}

function closingBlocks(view: PlanView, blocks: number, style: Style): readonly (readonly string[])[] {
  const { plan, summary } = view;
  if (summary.actions === 0 && summary.blocked === 0) return [];
  const digest = style.paint.dim(`Digest ${printable(plan.digest)}`);
  if (blocks <= longPlan) return [[digest]];
  const folded = view.actions.length + view.heldBack.length - blocks;
  const hint =
    folded > 0
      ? [style.paint.dim(`${counted(folded, 'change')} folded into others: --verbose lists every one.`)]
      : [];
  return [[...summaryLines(view, style), ...hint, digest]];
}

function indented(text: string, { columns }: Style): readonly string[] {
  return wrapText(printable(text), columns - indent.length).map((line) => indent + line);
}

/** `cause environments/a.yaml:1:1`, further lines below the text; nothing for an empty text. */
function labelled(
  label: string,
  text: string,
  { paint, columns }: Style,
  tone: (text: string) => string = plain,
): readonly string[] {
  if (text === '') return [];
  const width = columns - indent.length - 6;
  return text
    .split('\n')
    .flatMap((line) => wrapText(printable(line), width))
    .map(
      (line, index) => `${indent}${index === 0 ? paint.dim(label.padEnd(6)) : ' '.repeat(6)}${tone(line)}`,
    );
}
