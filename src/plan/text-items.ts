import { type ActionCatalogue, effectOf, removes } from '../fleet/action-traits.ts';
import type { FieldChange } from '../fleet/plan.ts';
import { printable } from '../fleet/printable.ts';
import { reasonEntry } from '../fleet/reasons.ts';
import { cutToWidth, padToWidth, widthOf } from '../fleet/text-width.ts';
import { actionWords } from './action-words.ts';
import type { Folded } from './fold.ts';
import type { Paint } from './paint.ts';
import type { BlockedItem, PlannedAction } from './plan-json.ts';
import {
  counted,
  downtimeWords,
  durationWords,
  listWords,
  placesOf,
  restoresWords,
  undoWords,
  whenWords,
  whomWords,
} from './plan-words.ts';
import { wrapText } from './wrap-text.ts';

/** Layout of text on a terminal. */
export interface Style {
  readonly kinds: ActionCatalogue;
  readonly paint: Paint;
  readonly columns: number;
  readonly verbose: boolean;
}

const indent = '    ';

/** An action, or many equal ones, with its field changes and effects. */
export function actionLines({ first, all }: Folded<PlannedAction>, style: Style): readonly string[] {
  const { paint } = style;
  const { symbol, tone } = mark(first, style);
  const whom = all.length === 1 ? first.resource : `the same change in ${whomWords(resourcesOf(all))}`;
  return [
    `${tone(symbol)} ${paint.bold(printable(whom))}  ${first.kind}  ${paint.dim(printable(first.reason))}`,
    ...indented(actionWords(first), style),
    ...changeLines(first.changes, style),
    ...labelled('in', all.length === 1 ? '' : listWords(resourcesOf(all).map(nameOf), 8), style),
    ...labelled('cause', listWords(placesOf(all), 1), style),
    ...consequenceLines(first, all, style),
    ...labelled('after', all.length > 1 ? '' : listWords(first.dependsOn, 4), style, paint.dim),
  ];
}

/** A blocked item, or many equal ones, with the blocked action. */
export function blockedLines({ first, all }: Folded<BlockedItem>, style: Style): readonly string[] {
  const { paint } = style;
  const tone = first.needsPerson ? paint.red : paint.yellow;
  const whom = all.length === 1 ? first.resource : `the same in ${whomWords(resourcesOf(all))}`;
  const would = all.flatMap(({ action }) => (action === null ? [] : [action]));
  return [
    `${tone('!')} ${paint.bold(printable(whom))}  ${first.kind}  ${paint.dim(printable(first.reason))}`,
    ...first.message.split('\n').flatMap((line) => indented(line, style)),
    ...labelled('would', first.action === null ? '' : actionWords(first.action), style),
    ...changeLines(first.action?.changes ?? [], style),
    ...labelled('in', all.length === 1 ? '' : listWords(resourcesOf(all).map(nameOf), 8), style),
    ...labelled('cause', listWords(placesOf(all), 1), style),
    ...(first.action === null ? [] : consequenceLines(first.action, would, style)),
    ...labelled('when', whenWords(first), style, paint.yellow),
    ...labelled('next', first.nextStep, style),
  ];
}

/** Risk, downtime, undo and data of one action or of many equal ones. */
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

export function resourcesOf(items: readonly { readonly resource: string }[]): readonly string[] {
  return items.map((item) => item.resource);
}

function nameOf(resource: string): string {
  return resource.slice(resource.indexOf('/') + 1);
}

export function mark(
  action: PlannedAction,
  { kinds, paint }: Pick<Style, 'kinds' | 'paint'>,
): { symbol: string; tone: (text: string) => string } {
  if (removes(effectOf(kinds, action.kind))) return { symbol: '-', tone: paint.red };
  return reasonEntry(action.reason).makes === true
    ? { symbol: '+', tone: paint.green }
    : { symbol: '~', tone: paint.yellow };
}

/** More fields than this are shown only in JSON or with `verbose`. */
const maxFields = 40;

/** Fields and their old values in columns of equal width. */
function changeLines(all: readonly FieldChange[], { paint, columns, verbose }: Style): readonly string[] {
  const changes = verbose ? all : all.slice(0, maxFields);
  const rows = changes.map(
    ({ field, before, after }) => [printable(field), valueText(before), valueText(after)] as const,
  );
  const widest = (column: 0 | 1) => rows.reduce((width, row) => Math.max(width, widthOf(row[column])), 0);
  const fieldWidth = Math.min(Math.floor(columns / 2), widest(0));
  const free = Math.max(8, columns - indent.length - fieldWidth - 5);
  const beforeWidth = Math.min(Math.floor(free / 2), widest(1));
  const lines = rows.map(([field, before, after]) => {
    const name = padToWidth(cutToWidth(field, fieldWidth), fieldWidth);
    const old = cutToWidth(before, beforeWidth);
    const gap = padToWidth('', beforeWidth - widthOf(old));
    const wanted = cutToWidth(after, free - beforeWidth);
    return `${indent}${name}  ${paint.red(old)}${gap} → ${paint.green(wanted)}`;
  });
  const left = all.length - changes.length;
  return left === 0 ? lines : [...lines, `${indent}${paint.dim(`… and ${counted(left, 'more field')}`)}`];
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
      return `the site is unavailable${downtime}`;
    case 'data':
      return `data can be changed or lost${downtime}`;
    default:
      return first.risk satisfies never;
  }
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
