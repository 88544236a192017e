import type { ActionCatalogue } from '../fleet/action-traits.ts';
import { printable } from '../fleet/printable.ts';
import { type Folded, foldActions, foldBlocked, unfolded } from './fold.ts';
import { exceptWords, notAppliedGroups, notAppliedTitle } from './not-applied-words.ts';
import { type Paint, plainPaint } from './paint.ts';
import type { BlockedItem, PlannedAction } from './plan-json.ts';
import { type PlanSubject, type PlanView, viewOf } from './plan-view.ts';
import {
  blockedWords,
  changesWords,
  comparisonWords,
  counted,
  isUncommitted,
  observedWords,
  revertWords,
  totalDowntimeWords,
  whomWords,
} from './plan-words.ts';
import { actionLines, blockedLines, mark, resourcesOf, type Style } from './text-items.ts';
import { wrapText } from './wrap-text.ts';

export { type Paint, plainPaint } from './paint.ts';

export interface TextOptions {
  /** Width of the terminal; at least 40. */
  readonly columns?: number;
  /** Every item separately, also equal ones, and pending ones in full. */
  readonly verbose?: boolean;
}

/** A plan longer than a screen repeats its summary at the end. */
const longPlan = 8;

/**
 * Renders a plan, or the changes that a merge adds, as text. Uses the JSON form only, so that the two cannot disagree. Values are
 * cut to the width: the JSON form has all of them. Contains no control characters except line ends; ends with a newline.
 */
export function renderPlanText(
  subject: PlanSubject,
  kinds: ActionCatalogue,
  paint: Paint = plainPaint,
  options: TextOptions = {},
): string {
  const view = viewOf(subject);
  const style = {
    kinds,
    paint,
    columns: Math.max(40, options.columns ?? 100),
    verbose: options.verbose ?? false,
  };
  const actions = style.verbose ? unfolded(view.actions) : foldActions(view.actions);
  const blocked = style.verbose ? unfolded(view.blocked) : foldBlocked(view.blocked);
  const blocks = [
    [...titleLines(view, style), ...summaryLines(view, style)],
    ...actions.map((folded) => actionLines(folded, style)),
    ...blockedBlocks(blocked, style),
    ...pendingBlocks(view, style),
    ...resolvedBlocks(view, style),
    ...notAppliedBlocks(view, style),
    ...closingBlocks(view, actions.length + blocked.length, style),
  ];
  return `${blocks.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function titleLines({ plan }: PlanView, { paint, columns }: Style): readonly string[] {
  const at = isUncommitted(plan.commit) ? 'the uncommitted directory' : `commit ${plan.commit.slice(0, 12)}`;
  const title = [`Plan for ${at}`, observedWords(plan)].filter((part) => part !== '').join(', ');
  const notes = plan.notes.flatMap((note) => wrapText(printable(note), columns));
  return [...wrapText(printable(title), columns), ...notes.map(paint.dim)];
}

function summaryLines(view: PlanView, { paint, columns }: Style): readonly string[] {
  const changes = changesSentence(view);
  const rest = [totalDowntimeSentence(view.actions), blockedWords(view.summary)];
  const summary = [changes, ...rest].filter((part) => part !== '').join(' ');
  const [first = '', ...more] = wrapText(summary, columns);
  const bold = paint.bold(first.slice(0, changes.length)) + first.slice(changes.length);
  const extra = [...revertWords(view), ...comparisonWords(view)];
  return [bold, ...more, ...extra.flatMap((line) => wrapText(printable(line), columns))];
}

function changesSentence(view: PlanView): string {
  const { comparison, summary } = view;
  const { actions, blocked } = summary;
  if (actions > 0) return `${comparison === null ? '' : 'This merge adds '}${changesWords(summary)}.`;
  if (comparison === null) {
    return blocked === 0
      ? `No changes. The fleet is as described${exceptWords(view)}.`
      : 'No changes can be made now.';
  }
  return blocked === 0
    ? 'This merge changes nothing on the fleet.'
    : 'This merge adds no change that can be made now.';
}

function totalDowntimeSentence(actions: readonly PlannedAction[]): string {
  const words = totalDowntimeWords(actions);
  return words === '' ? '' : `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
}

function blockedBlocks(items: readonly Folded<BlockedItem>[], style: Style): readonly (readonly string[])[] {
  if (items.length === 0) return [];
  return [[style.paint.bold('Blocked')], ...items.map((item) => blockedLines(item, style))];
}

function pendingBlocks(view: PlanView, style: Style): readonly (readonly string[])[] {
  const { pendingActions, pendingBlocked } = view;
  if (pendingActions.length + pendingBlocked.length === 0) return [];
  const title = 'Already pending, without this merge';
  if (style.verbose) {
    return [
      [style.paint.bold(title)],
      ...unfolded(pendingActions).map((folded) => actionLines(folded, style)),
      ...unfolded(pendingBlocked).map((folded) => blockedLines(folded, style)),
    ];
  }
  const short = (symbol: string, whom: string, kind: string, reason: string) =>
    `  ${symbol} ${printable(whom)}  ${kind}  ${style.paint.dim(printable(reason))}`;
  const lines = [
    ...foldActions(pendingActions).map(({ first, all }) =>
      short(mark(first, style).symbol, whomWords(resourcesOf(all)), first.kind, first.reason),
    ),
    ...foldBlocked(pendingBlocked).map(({ first, all }) =>
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

function notAppliedBlocks({ notApplied }: PlanView, style: Style): readonly (readonly string[])[] {
  if (notApplied.length === 0) return [];
  const lines = notAppliedGroups(notApplied).flatMap(({ field, value, why, resources }) => {
    const names = style.verbose || resources.length <= 3 ? resources.join(', ') : whomWords(resources);
    return wrapText(printable(`${field} ${value}: ${why}; in ${names}`), style.columns - 4);
  });
  return [[style.paint.bold(notAppliedTitle), ...lines.map((line) => `    ${line}`)]];
}

function closingBlocks(view: PlanView, blocks: number, style: Style): readonly (readonly string[])[] {
  const { plan, summary } = view;
  if (summary.actions === 0 && summary.blocked === 0) return [];
  const digest = style.paint.dim(`Digest ${printable(plan.digest)}`);
  if (blocks <= longPlan) return [[digest]];
  const folded = view.actions.length + view.blocked.length - blocks;
  const hint =
    folded > 0
      ? [style.paint.dim(`${counted(folded, 'change')} folded into others: --verbose lists every one.`)]
      : [];
  return [[...summaryLines(view, style), ...hint, digest]];
}
