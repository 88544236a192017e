import { printable } from '../fleet/printable.ts';
import type { SourcePosition } from '../fleet/resource.ts';
import { renderDiagnosticsText } from '../manifest/index.ts';
import { diagnosticStyle } from './diagnostic-style.ts';
import type { ExplainedCommit, ExplainedRun, ExplainView } from './explain-resource-view.ts';
import { formatAge } from './format-age.ts';
import { formatSeconds } from './format-seconds.ts';
import type { ChangedField } from './history-manifest.ts';
import type { Paint } from './paint.ts';
import { siteOwnedWords } from './site-owned.ts';
import { siteRows } from './site-rows.ts';

const maxFields = 8;

/** The chain from commit to next step, top to bottom; ends with a newline. */
export function renderExplainText(view: ExplainView, paint: Paint, now: number): string {
  const lines = [
    headline(view, paint, now),
    ...message(view),
    ...behind(view, paint),
    '',
    ...row('Manifest', desired(view, now), paint),
    ...row('Not ready', related(view), paint),
    ...row('Applied', applied(view, paint, now), paint),
    ...row('WordPress', siteRows(view.site, now), paint),
    ...row('Plan', [...actions(view, paint, now), ...blocked(view, paint, now)], paint),
    ...row('Not applied', notApplied(view), paint),
    ...row('By the site', (view.siteOwned ?? []).map(siteOwnedWords), paint),
    ...row('Last run', view.lastRun === null ? [] : lastRun(view.lastRun, paint, now), paint),
    ...row(
      'Code',
      view.code === null ? [] : [`${view.code.code}  ${view.code.title}`, view.code.cause],
      paint,
    ),
    '',
    ...row('What to do', [paint.bold(printable(view.nextStep))], paint),
    ...row('Read on', [more(view)], paint),
  ];
  const problems =
    view.desired.problems.length === 0
      ? ''
      : `\n${renderDiagnosticsText(view.desired.problems, diagnosticStyle(paint)).trimEnd()}\n`;
  return `${lines.join('\n')}\n${problems}`;
}

function headline(
  { resource, state, conditions, desired: wanted }: ExplainView,
  paint: Paint,
  now: number,
): string {
  const ready = conditions.find(({ type }) => type === 'Ready');
  const stalled = conditions.some(({ type, status }) => type === 'Stalled' && status === 'True');
  const word = {
    ready: paint.green('✓ ready'),
    'not-ready': stalled ? paint.red('✗ not ready') : paint.yellow('… not ready yet'),
    unknown: paint.dim('not recorded yet'),
  }[state];
  const since = ready === undefined ? Number.NaN : Date.parse(ready.lastTransitionTime);
  const age = Number.isNaN(since) ? '' : paint.dim(`  since ${formatAge(since, now)}`);
  const quarantined = wanted.quarantined ? `  ${paint.yellow('quarantined')}` : '';
  return `${paint.bold(printable(resource))}  ${word}  ${printable(ready?.reason ?? '')}${quarantined}${age}`;
}

function message({ conditions }: ExplainView): readonly string[] {
  const ready = conditions.find(({ type }) => type === 'Ready');
  const suspended = conditions.find(({ type, status }) => type === 'Suspended' && status === 'True');
  const words = [ready?.message ?? '', ready?.reason === 'Suspended' ? '' : (suspended?.message ?? '')];
  return words
    .flatMap((text) => text.split('\n'))
    .flatMap((line) => (line === '' ? [] : [`  ${printable(line)}`]));
}

function behind({ recordsOf, desired: { commit } }: ExplainView, paint: Paint): readonly string[] {
  if (recordsOf === null) return [];
  const words = `the records are of commit ${recordsOf.slice(0, 7)}; ${commit.slice(0, 7)} is not reconciled yet`;
  return [`  ${paint.yellow(words)}`];
}

function related(view: ExplainView): readonly string[] {
  return view.related.map(({ resource, reason, message: words }) =>
    printable(`${resource}  ${reason}  ${words.split('\n')[0] ?? ''}`),
  );
}

function desired({ desired: wanted }: ExplainView, now: number): readonly string[] {
  const { position, lastChange } = wanted;
  const place = position === null ? 'no longer exists' : at(position);
  if (lastChange === null) return [place];
  return [place, `${lastChange.kind} by ${commitWords(lastChange, now)}`, ...fieldLines(lastChange.fields)];
}

function applied(
  { applied: commit, pendingFields, resource, state }: ExplainView,
  paint: Paint,
  now: number,
): readonly string[] {
  if (commit === null) return state === 'unknown' || !resource.startsWith('environment/') ? [] : ['never'];
  if (pendingFields.length === 0) return [commitWords(commit, now)];
  return [commitWords(commit, now), paint.dim('since then:'), ...fieldLines(pendingFields)];
}

function actions(view: ExplainView, paint: Paint, now: number): readonly string[] {
  return view.actions.flatMap(({ kind, reason, message: words, risk, cause, causedBy, fields }) => [
    `${paint.cyan(kind)}  ${printable(reason)}  risk ${risk}`,
    `  ${printable(words)}`,
    ...(fields.length === 0 ? [] : [`  fields ${printable(fields.slice(0, maxFields).join(', '))}`]),
    ...(cause === null ? [] : [`  caused by ${at(cause)}`]),
    ...(causedBy === null ? [] : [`  ${commitWords(causedBy, now)}`]),
  ]);
}

function blocked(view: ExplainView, paint: Paint, now: number): readonly string[] {
  return view.blocked.flatMap(({ kind, reason, message: words, notBefore, needsPerson }) => [
    `${paint.yellow(`blocked: ${kind}`)}  ${printable(reason)}${needsPerson ? '  needs a person' : ''}`,
    ...words.split('\n').map((line) => `  ${printable(line)}`),
    ...(notBefore === null
      ? []
      : [`  not before ${printable(notBefore)}${Date.parse(notBefore) < now ? ' (now)' : ''}`]),
  ]);
}

/** Settings that this version does not apply, unless the message of the state tells them already. */
function notApplied({ conditions }: ExplainView): readonly string[] {
  const told = conditions.some(({ type, reason }) => type === 'Ready' && reason === 'PartlyApplied');
  const found = conditions.find(({ type, status }) => type === 'PartlyApplied' && status === 'True');
  return told || found === undefined ? [] : [printable(found.message)];
}

function lastRun(run: ExplainedRun, paint: Paint, now: number): readonly string[] {
  const outcome = run.outcome === 'succeeded' ? paint.green(run.outcome) : paint.red(run.outcome);
  const head = `${printable(run.id)}  ${run.actions.map(printable).join(', ')} ${outcome}`;
  const when = `${formatAge(Date.parse(run.endedAt), now)}, after ${formatSeconds(run.durationMs)}, for commit ${run.revision.slice(0, 7)}`;
  const step =
    run.failedStep === null
      ? []
      : [`${paint.red('✗')} ${printable(run.failedStep.name)}`, ...indented(run.failedStep.message)];
  const error =
    run.error === null ? [] : [`${paint.red(printable(run.error.code))} ${printable(run.error.message)}`];
  const drifted = run.drifted
    .slice(0, maxFields)
    .map(({ field, before, after }) => `  ${printable(field)}: ${value(before)} → ${value(after)}`);
  const repaired = drifted.length === 0 ? [] : [paint.dim('it had drifted:'), ...drifted];
  return [head, paint.dim(when), ...repaired, ...step, ...error];
}

function indented(text: string | null): readonly string[] {
  return text === null ? [] : text.split('\n').map((line) => `  ${printable(line)}`);
}

function more({ resource, code }: ExplainView): string {
  const pages = code === null ? [] : [`pressluft explain ${code.code}`];
  return [...pages, `pressluft history ${printable(resource)}`].join('   ');
}

function fieldLines(fields: readonly ChangedField[]): readonly string[] {
  const shown = fields.slice(0, maxFields).map(({ field, before, after, position }) => {
    const where = position === null ? '' : `  ${at(position)}`;
    return `  ${printable(field)}: ${value(before)} → ${value(after)}${where}`;
  });
  return fields.length > maxFields ? [...shown, `  and ${fields.length - maxFields} more`] : shown;
}

function value(raw: unknown): string {
  if (raw === null || raw === undefined) return '(none)';
  const text = typeof raw === 'string' ? raw : JSON.stringify(raw);
  return printable(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}

function commitWords({ commit, author, subject, at: when }: ExplainedCommit, now: number): string {
  const who = printable(author.replace(/ <.*$/, ''));
  return `${commit.slice(0, 7)} "${printable(subject)}"  ${who}, ${formatAge(Date.parse(when), now)}`;
}

function at({ file, line, column }: SourcePosition): string {
  return `${printable(file)}:${line}:${column}`;
}

const labelWidth = 12;

function row(label: string, lines: readonly string[], paint: Paint): readonly string[] {
  return lines.map((line, index) =>
    `  ${paint.dim((index === 0 ? label : '').padEnd(labelWidth))}${line}`.trimEnd(),
  );
}
