import type { FieldChange, Risk } from '../fleet/plan.ts';
import type { SourcePosition } from '../fleet/resource.ts';
import { actionWords } from './action-words.ts';
import { type Folded, foldActions, foldBlocked } from './fold.ts';
import type { Item, Section } from './markdown-blocks.ts';
import { code, prose } from './markdown-text.ts';
import { notAppliedGroups } from './not-applied-words.ts';
import { type BlockedItem, type PlannedAction, risks } from './plan-json.ts';
import type { PlanView } from './plan-view.ts';
import {
  counted,
  downtimeWords,
  placesOf,
  restoresWords,
  undoWords,
  whenWords,
  whomWords,
} from './plan-words.ts';

/** Limits that keep an item readable; the JSON form has all rows and names. */
const maxRows = 30;
const maxNames = 40;

const riskTitles: Readonly<Record<Risk, string>> = {
  data: 'Touching data',
  downtime: 'With downtime',
  restart: 'With a restart',
  none: 'Without risk',
};

/** The collapsed sections of a comment: actions by risk, blocked, pending, and no longer needed. */
export function markdownSections(view: PlanView): readonly Section[] {
  const byRisk = risks.map((risk) => {
    const actions = view.actions.filter((action) => action.risk === risk);
    return section(
      `<b>${riskTitles[risk]}</b>: ${counted(actions.length, 'change')}`,
      foldActions(actions).map(actionItem),
    );
  });
  const { blocked, needsPerson } = view.summary;
  const people = needsPerson === 0 ? '' : `, until a person acts: ${needsPerson}`;
  const pending = [
    ...foldActions(view.pendingActions).map(pendingAction),
    ...foldBlocked(view.pendingBlocked).map(pendingBlocked),
  ];
  const pendingCount = view.pendingActions.length + view.pendingBlocked.length;
  return [
    ...byRisk,
    section(`<b>Blocked</b>: ${blocked}${people}`, foldBlocked(view.blocked).map(blockedItem)),
    section(`<b>Already pending</b>, without this merge: ${pendingCount}`, pending, 'list'),
    section(
      `<b>No longer needed</b> after this merge: ${view.resolved.length}`,
      view.resolved.map(({ resource, kind, reason }) =>
        line(1, `${code(resource)} ${code(kind)}, ${code(reason)}`),
      ),
      'list',
    ),
    section(
      `<b>Accepted and not applied</b> by this version: ${view.notApplied.length}`,
      notAppliedGroups(view.notApplied).map(({ field, value, why, resources }) =>
        line(
          resources.length,
          `${code(field)} ${code(value)}: ${prose(why)}; in ${resources.length === 1 ? code(resources[0] ?? '') : whomWords(resources)}`,
        ),
      ),
      'list',
    ),
  ].filter(({ items }) => items.length > 0);
}

function section(summary: string, items: readonly Item[], layout: Section['layout'] = 'blocks'): Section {
  return { summary, open: false, items, layout };
}

function actionItem({ first, all }: Folded<PlannedAction>): Item {
  const title = `**${whom(all)}** ${code(first.kind)}, ${code(first.reason)}: ${prose(actionWords(first))}`;
  const facts = [
    ...fact('In', inWords(all)),
    ...fact('Cause', causeWords(all)),
    ...consequences(first, all),
    ...fact(
      'After',
      all.length > 1
        ? ''
        : first.dependsOn
            .slice(0, 4)
            .map((id) => code(id))
            .join(', '),
    ),
  ];
  return {
    full: [title, ...changeTable(first.changes), ...list(facts)].join('\n\n'),
    short: title,
    count: all.length,
  };
}

function blockedItem({ first, all }: Folded<BlockedItem>): Item {
  const title = `**${whom(all)}** ${code(first.kind)}, ${code(first.reason)}: ${lines(first.message)}`;
  const would = all.flatMap(({ action }) => (action === null ? [] : [action]));
  const facts = [
    ...fact('Would', first.action === null ? '' : prose(actionWords(first.action))),
    ...fact('In', inWords(all)),
    ...fact('Cause', causeWords(all)),
    ...(first.action === null ? [] : consequences(first.action, would)),
    ...fact('When', prose(whenWords(first))),
    ...fact('Next', lines(first.nextStep)),
  ];
  return {
    full: [title, ...changeTable(first.action?.changes ?? []), ...list(facts)].join('\n\n'),
    short: title,
    count: all.length,
  };
}

function consequences(first: PlannedAction, all: readonly PlannedAction[]): readonly string[] {
  const downtime = downtimeWords(first);
  const many = all.length > 1;
  return [
    ...fact('Downtime', downtime === '' ? '' : `${prose(downtime)}${many ? ' each' : ''}`),
    ...fact('Undo', prose(undoWords(first, all.length))),
    ...fact('Data', prose(restoresWords(first))),
  ];
}

function pendingAction({ first, all }: Folded<PlannedAction>): Item {
  return line(all.length, `${whom(all)} ${code(first.kind)}, ${code(first.reason)}`);
}

function pendingBlocked({ first, all }: Folded<BlockedItem>): Item {
  return line(all.length, `${whom(all)} ${code(first.kind)}, blocked: ${code(first.reason)}`);
}

function line(count: number, text: string): Item {
  return { full: `- ${text}`, short: `- ${text}`, count };
}

/** The resource, or the number of resources. */
function whom(all: readonly { readonly resource: string }[]): string {
  const resources = all.map(({ resource }) => resource);
  if (resources.length === 1) return code(resources[0] ?? '');
  return `The same in ${whomWords(resources)}`;
}

function inWords(all: readonly { readonly resource: string }[]): string {
  if (all.length === 1) return '';
  const names = all.slice(0, maxNames).map(({ resource }) => code(resource.slice(resource.indexOf('/') + 1)));
  return `${names.join(', ')}${all.length > maxNames ? ` and ${all.length - maxNames} more` : ''}`;
}

/** Position of the first resource; the others can be found by name. */
function causeWords(all: readonly { readonly cause: SourcePosition | null }[]): string {
  const places = placesOf(all);
  const [first] = places;
  if (first === undefined) return '';
  return `${code(first)}${places.length > 1 ? ` and ${places.length - 1} more` : ''}`;
}

function changeTable(changes: readonly FieldChange[]): readonly string[] {
  if (changes.length === 0) return [];
  const rows = changes
    .slice(0, maxRows)
    .map(({ field, before, after }) => `| ${code(field, 'cell')} | ${value(before)} | ${value(after)} |`);
  const more = changes.length > maxRows ? [`| … and ${changes.length - maxRows} more fields | | |`] : [];
  return [['| Field | Before | After |', '|---|---|---|', ...rows, ...more].join('\n')];
}

function value(of: unknown): string {
  return of === null || of === undefined ? '–' : code(JSON.stringify(of), 'cell');
}

function fact(label: string, text: string): readonly string[] {
  return text === '' ? [] : [`- ${label}: ${text}`];
}

function list(facts: readonly string[]): readonly string[] {
  return facts.length === 0 ? [] : [facts.join('\n')];
}

function lines(text: string): string {
  return text
    .split('\n')
    .filter((part) => part.trim() !== '')
    .slice(0, 10)
    .map((part) => prose(part))
    .join('<br>');
}
