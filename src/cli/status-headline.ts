import { printable } from '../fleet/printable.ts';
import { widthOf } from '../fleet/text-width.ts';
import { wrapText } from '../plan/wrap-text.ts';
import { formatAge } from './format-age.ts';
import type { Paint } from './paint.ts';
import type { ResourceState } from './status-line.ts';
import type { RowStyle } from './status-rows.ts';
import type { StatusView } from './status-view.ts';

const nothingRecorded = [
  'Nothing is recorded yet. Start `pressluft run`, or run `pressluft reconcile` once.',
  'In a clone, `git fetch` gets the records of the status branch.',
];

/** Counts of environments by state, the commit, and a plan that needs approval. */
export function headline(view: StatusView, style: RowStyle): readonly string[] {
  if (view.statusCommit === null) return nothingRecorded.flatMap((text) => wrapped(text, style));
  const { paint } = style;
  return [
    ...(view.resource === null ? countLines(view, style) : [paint.bold(printable(view.resource))]),
    ...wrapped(commitWords(view, style.now), style).map(paint.dim),
    ...refusal(view, style),
    ...behind(view, style),
    ...approval(view, style),
  ];
}

/** States of environments that are not expected to become ready by themselves; they are not part of the total. */
const apart: readonly ResourceState[] = ['retained', 'quarantined', 'leaving'];
const words: readonly (readonly [ResourceState, string, keyof Paint & ('red' | 'yellow' | 'cyan')])[] = [
  ['stalled', 'stalled', 'red'],
  ['not-ready', 'not ready', 'red'],
  ['retrying', 'retrying', 'yellow'],
  ['waiting', 'waiting', 'yellow'],
  ['pending', 'pending', 'yellow'],
  ['unknown', 'not observed yet', 'yellow'],
  ['suspended', 'suspended', 'cyan'],
  ['leaving', 'being removed', 'yellow'],
  ['quarantined', 'quarantined', 'yellow'],
  ['retained', 'retained', 'cyan'],
];

function countLines({ counts }: StatusView, { paint, columns }: RowStyle): readonly string[] {
  const of = (state: ResourceState) => counts[state] ?? 0;
  const all = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const expected = all - apart.reduce((sum, state) => sum + of(state), 0);
  const head = `${of('ready').toLocaleString('en')} of ${expected.toLocaleString('en')} environments ready`;
  const rest = words.flatMap(([state, word, color]) =>
    of(state) === 0 ? [] : [paint[color](`${of(state).toLocaleString('en')} ${word}`)],
  );
  const lines = [paint.bold(head)];
  for (const [index, part] of rest.entries()) {
    const longer = `${lines.at(-1) ?? ''}${index === 0 ? '  ' : ', '}${part}`;
    // One column is reserved for a comma.
    if (columns === null || widthOf(longer) < columns) lines.splice(-1, 1, longer);
    else lines.push(`${lines.pop() ?? ''}${index === 0 ? '' : ','}`, part);
  }
  return lines;
}

function commitWords({ commit, recordedAt }: StatusView, now: number): string {
  const at = Date.parse(recordedAt ?? '');
  return `commit ${commit.slice(0, 7)}${Number.isNaN(at) ? '' : `, last change recorded ${formatAge(at, now)}`}`;
}

function refusal({ refusal: found, observedRevision }: StatusView, style: RowStyle): readonly string[] {
  if (found === null) return [];
  const { paint } = style;
  const [first = '', ...more] = found.message.split('\n').map(printable);
  return [
    ...wrapped(`the newest commit is not applied: ${first}`, style).map(paint.red),
    ...more.flatMap((line) => wrapped(line, style)).map(paint.red),
    ...(found.nextStep === null ? [] : wrapped(printable(found.nextStep), style)),
    ...(observedRevision === null ? [] : wrapped(staleWords(found.since, observedRevision, style), style)),
  ];
}

/** What is below is not of the newest commit, however recent it looks. */
function staleWords(since: string, revision: string, { now }: RowStyle): string {
  const at = Date.parse(since);
  const age = Number.isNaN(at) ? '' : `, ${formatAge(at, now)}`;
  return `everything below is of commit ${revision.slice(0, 7)}, the last one that was applied; newer commits are not applied since then${age}`;
}

function behind(
  { commit, observedRevision, refusal: found }: StatusView,
  style: RowStyle,
): readonly string[] {
  if (observedRevision === commit || found?.commit === commit) return [];
  const of = observedRevision === null ? 'of no commit' : `of commit ${observedRevision.slice(0, 7)}`;
  return wrapped(`the records are ${of}; ${commit.slice(0, 7)} is not reconciled yet`, style).map(
    style.paint.yellow,
  );
}

function approval(
  { approval: needed, commit, observedRevision }: StatusView,
  style: RowStyle,
): readonly string[] {
  if (needed === null) return [];
  const { plan, actions } = needed;
  const what = `${actions} ${actions === 1 ? 'action needs' : 'actions need'} approval`;
  if (observedRevision !== commit) {
    const moved = `${what}; the next pass plans the newer commit, so approve its plan then`;
    return wrapped(moved, style).map(style.paint.yellow);
  }
  const digest = printable(plan.replace('sha256:', '').slice(0, 16));
  return [
    style.paint.yellow(`${what} (plan ${digest})`),
    `${style.paint.dim('read')}    pressluft plan --observed status`,
    `${style.paint.dim('approve')} pressluft approve ${digest}`,
  ];
}

function wrapped(text: string, { columns }: RowStyle): readonly string[] {
  return wrapText(text, columns ?? Number.POSITIVE_INFINITY);
}
