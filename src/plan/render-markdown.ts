import { type ActionCatalogue, effectOf, endsService } from '../fleet/action-traits.ts';
import { type Folded, foldActions } from './fold.ts';
import { type Comment, fitComment } from './markdown-blocks.ts';
import { markdownSections } from './markdown-sections.ts';
import { code, prose } from './markdown-text.ts';
import { exceptWords } from './not-applied-words.ts';
import type { PlanJson, PlannedAction } from './plan-json.ts';
import { risks } from './plan-json.ts';
import { type PlanSubject, type PlanView, viewOf } from './plan-view.ts';
import {
  blockedWords,
  breakdownWords,
  comparisonWords,
  counted,
  isUncommitted,
  lostWords,
  observedWords,
  revertWords,
  totalDowntimeWords,
  totalDurationWords,
  whomWords,
  wouldBeDone,
} from './plan-words.ts';

export interface MarkdownOptions {
  /**
   * Longest comment of the forge, in characters: 65,536 for GitHub (the default) and Forgejo, 1,000,000 for GitLab. Less
   * than 1,500 is taken as 1,500.
   */
  readonly maxChars?: number;
  /** Where to find the rest of a plan that does not fit. */
  readonly pointer?: string;
}

export const defaultMaxChars = 65_536;
const leastMaxChars = 1_500;
const defaultPointer = 'see the artifact of the job or run `pressluft plan`.';
const maxAlerts = 8;
const maxNotes = 5;

/**
 * Renders a plan, or the changes that a merge adds, as a comment for a pull request. Uses the JSON form only. Its first line is the
 * marker by which a job finds the comment again. Values are always plain text in it: never markup, mention, link or HTML.
 */
export function renderPlanMarkdown(
  subject: PlanSubject,
  kinds: ActionCatalogue,
  options: MarkdownOptions = {},
): string {
  const view = viewOf(subject);
  const maxChars = Math.max(leastMaxChars, options.maxChars ?? defaultMaxChars);
  const pointer = prose(options.pointer ?? defaultPointer);
  const marker = planMarker(view.plan.fleet);
  if (isNothing(view)) {
    const sections = markdownSections(view);
    const comment = { head: [`${marker}\n${nothingLine(view)}`], sections, foot: [], pointer };
    return fitComment(comment, maxChars) ?? `${marker}\n${nothingLine(view)}\n`;
  }
  const head = [`${marker}\n${headline(view)}`];
  const foot = [footer(view.plan)];
  const comment: Comment = {
    head: [...head, ...summaryBlocks(view), ...alertBlocks(view), ...tableBlocks(view, kinds)],
    sections: markdownSections(view),
    foot,
    pointer,
  };
  return (
    fitComment(comment, maxChars) ??
    fitComment(
      { ...comment, head, sections: [], foot: [`${counts(view)}. Too long for a comment: ${pointer}`] },
      maxChars,
    ) ??
    `${marker}\n${pointer}\n`
  );
}

/** First line of every comment on the plan of a fleet; invisible when rendered. */
export function planMarker(fleet: string | null): string {
  // Two dashes in a row, or a trailing dash, could end the HTML comment.
  const name = (fleet ?? '')
    .replace(/[^A-Za-z0-9._-]/g, '')
    .replace(/-{2,}/g, '-')
    .slice(0, 100);
  return `<!-- pressluft-plan fleet=${name} -->`;
}

function isNothing({ actions, blocked, pendingActions, pendingBlocked, resolved }: PlanView): boolean {
  return [actions, blocked, pendingActions, pendingBlocked, resolved].every((items) => items.length === 0);
}

function nothingLine(view: PlanView): string {
  const { plan } = view;
  const described = `The fleet is as ${commitWords(plan)} describes it${observedPart(plan)}${exceptWords(view)}.`;
  return `**Pressluft:** no changes. ${described}`;
}

function headline({ plan, comparison, summary }: PlanView): string {
  const fleet = plan.fleet === null ? '' : ` for ${code(plan.fleet)}`;
  const verb = comparison === null ? 'would make' : 'adds';
  const subject = comparison === null ? 'this plan' : 'this merge';
  if (summary.actions > 0)
    return `### Pressluft${fleet}: ${subject} ${verb} ${counted(summary.actions, 'change')}`;
  if (summary.blocked > 0) return `### Pressluft${fleet}: nothing that ${subject} ${verb} can be done now`;
  return `### Pressluft${fleet}: ${subject} changes nothing`;
}

function summaryBlocks(view: PlanView): readonly string[] {
  const { plan, summary } = view;
  const breakdown = breakdownWords(summary);
  const downtime = totalDowntimeWords(view.actions);
  const sentences = [
    ...(breakdown === '' ? [] : [`${[breakdown, downtime].filter((part) => part !== '').join('; ')}.`]),
    ...[blockedWords(summary)].filter((part) => part !== ''),
    ...comparisonWords(view),
  ];
  const notes = plan.notes.slice(0, maxNotes).map((note) => `> Note: ${prose(note)}`);
  return [
    ...(sentences.length === 0 ? [] : [sentences.join(' ')]),
    ...revertBlocks(view),
    ...(notes.length === 0 ? [] : [notes.join('\n>\n')]),
  ];
}

function revertBlocks(view: PlanView): readonly string[] {
  const sentences = revertWords(view);
  if (sentences.length === 0) return [];
  return [`**Revert.** ${sentences.map((sentence) => prose(sentence)).join(' ')}`];
}

/** Changes that cannot be undone are listed at the top. */
function alertBlocks(view: PlanView): readonly string[] {
  const lost = wouldBeDone(view).filter((action) => !action.undo.byRevert);
  if (lost.length === 0) return [];
  const folded = foldActions(lost);
  const shown = folded.slice(0, maxAlerts);
  const left = lost.length - shown.reduce((sum, { all }) => sum + all.length, 0);
  const title = `> **${counted(lost.length, 'change')} cannot be undone by a revert alone:**`;
  const more = left === 0 ? [] : [`> - … and ${left} more, below.`];
  return [['> [!CAUTION]', title, '>', ...shown.map(alertLine), ...more].join('\n')];
}

function alertLine({ first, all }: Folded<PlannedAction>): string {
  const whom = all.length === 1 ? code(first.resource) : whomWords(all.map(({ resource }) => resource));
  return `> - ${whom}, ${code(first.kind)}: ${prose(lostWords(first, all.length)) || 'not everything comes back'}`;
}

function tableBlocks({ actions }: PlanView, kinds: ActionCatalogue): readonly string[] {
  const rows = risks.flatMap((risk) => {
    const own = actions.filter((action) => action.risk === risk);
    return own.length === 0
      ? []
      : [`| ${risk} | ${own.length} | ${whom(own)} | ${downtime(own, kinds)} | ${undo(own)} |`];
  });
  if (rows.length === 0) return [];
  return [
    ['| Risk | Changes | Resources | Downtime | Undone by a revert |', '|---|--:|---|---|---|', ...rows].join(
      '\n',
    ),
  ];
}

function whom(actions: readonly PlannedAction[]): string {
  const names = [...new Set(actions.map((action) => action.resource))];
  const shown = names.slice(0, 3).map((name) => code(name, 'cell'));
  return names.length > 3 ? `${shown.join(', ')} and ${names.length - 3} more` : shown.join(', ');
}

function downtime(actions: readonly PlannedAction[], kinds: ActionCatalogue): string {
  const out = actions.filter(({ kind }) => endsService(effectOf(kinds, kind))).length;
  const gone = out === 0 ? [] : [`${out} taken out of service`];
  const words = totalDurationWords(actions);
  const guessed = actions.some((action) => action.downtime.basis === 'assumed');
  const away = words === '' ? [] : [`${words} (${guessed ? 'assumed' : 'from past runs'})`];
  return [...away, ...gone].join('; ') || 'none expected';
}

function undo(actions: readonly PlannedAction[]): string {
  const lost = actions.filter((action) => !action.undo.byRevert);
  if (lost.length === 0) return 'yes';
  const kept = lost.filter((action) => action.undo.restorePoint !== null).length;
  const from = kept === 0 ? '' : `; ${kept} from a restore point`;
  return `**no**${lost.length === actions.length ? '' : ` for ${lost.length}`}${from}`;
}

function footer(plan: PlanJson): string {
  return `Plan of ${commitWords(plan)}${observedPart(plan)}. Digest ${code(plan.digest)}.`;
}

function commitWords({ commit }: PlanJson): string {
  return isUncommitted(commit) ? 'the directory' : `commit ${code(commit.slice(0, 12))}`;
}

function observedPart(plan: PlanJson): string {
  const words = observedWords(plan);
  return words === '' ? '' : `, ${prose(words)}`;
}

function counts({ summary, pendingActions, pendingBlocked }: PlanView): string {
  const pending = pendingActions.length + pendingBlocked.length;
  return `${counted(summary.actions, 'change')}, ${summary.blocked} blocked, ${pending} already pending`;
}
