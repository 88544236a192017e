import { printable } from '../fleet/printable.ts';
import { renderDiagnosticsText } from '../manifest/index.ts';
import { diagnosticStyle } from './diagnostic-style.ts';
import type { Paint } from './paint.ts';
import type { ResourceLine, StatusView } from './status-view.ts';
import { alignColumns } from './table.ts';

/** A tree of sites and environments, then nodes, providers and what is wrong with the manifests. Ends with a newline. */
export function renderStatusText(view: StatusView, paint: Paint): string {
  const blocks = [
    [headline(view, paint), ...approvalLines(view, paint)],
    section('Sites', siteLines(view, paint), paint),
    section('Nodes', resourceLines(view.nodes, nodeFacts, paint), paint),
    section(
      'Providers',
      resourceLines(view.providers, () => [], paint),
      paint,
    ),
    problems(view, paint),
  ].filter((lines) => lines.length > 0);
  return `${blocks.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function headline(view: StatusView, paint: Paint): string {
  if (view.statusCommit === null) {
    return 'Nothing is recorded yet: start `pressluft run`, or run `pressluft reconcile` once.';
  }
  const environments = [...view.sites.flatMap((site) => site.environments), ...view.otherEnvironments];
  const ready = environments.filter((environment) => environment.ready === 'ready').length;
  const counts = `${ready} of ${environments.length} environments ready`;
  const behind =
    view.observedRevision === view.commit
      ? ''
      : `  ${paint.yellow(`records are of ${(view.observedRevision ?? 'no commit').slice(0, 9)}`)}`;
  return `${paint.bold(counts)}  commit ${view.commit.slice(0, 7)}${behind}`;
}

function approvalLines({ approval }: StatusView, paint: Paint): readonly string[] {
  if (approval === null) return [];
  const { plan, actions } = approval;
  const what = `${actions} ${actions === 1 ? 'action waits' : 'actions wait'} for an approval`;
  return [
    paint.yellow(what),
    `${paint.dim('next')} pressluft approve ${printable(plan.replace('sha256:', '').slice(0, 16))}`,
  ];
}

function section(title: string, lines: readonly string[], paint: Paint): readonly string[] {
  return lines.length === 0 ? [] : [paint.bold(title), ...lines];
}

function siteLines(view: StatusView, paint: Paint): readonly string[] {
  const groups = [
    ...view.sites.map(({ name, environments }) => ({ name, environments })),
    { name: 'without a site', environments: view.otherEnvironments },
  ].filter((group, index) => index < view.sites.length || group.environments.length > 0);
  // All environments are aligned together, so that the eye can run down a column.
  const every = groups.flatMap((group) => group.environments);
  const rows = alignColumns(every.map((environment) => cells(environment, environmentFacts, paint)));
  let at = 0;
  return groups.flatMap(({ name, environments }) => [
    `  ${printable(name)}`,
    ...environments.flatMap((environment) => [
      `    ${rows[at++] ?? ''}`,
      ...why(environment, '      ', paint),
    ]),
  ]);
}

type Facts = (line: ResourceLine) => readonly string[];

function resourceLines(lines: readonly ResourceLine[], facts: Facts, paint: Paint): readonly string[] {
  const rows = alignColumns(lines.map((line) => cells(line, facts, paint)));
  return lines.flatMap((line, index) => [`  ${rows[index] ?? ''}`, ...why(line, '    ', paint)]);
}

function cells(line: ResourceLine, facts: Facts, paint: Paint): readonly string[] {
  return [mark(line, paint), paint.bold(printable(line.name)), printable(line.reason), ...facts(line)];
}

function mark({ ready, reconciling }: ResourceLine, paint: Paint): string {
  if (ready === 'ready') return paint.green('✓ ready');
  return reconciling ? paint.yellow('… pending') : paint.red('✗ not ready');
}

function environmentFacts({ details, node }: ResourceLine): readonly string[] {
  return [
    version('WordPress', details.wordpressVersion),
    version('PHP', details.phpVersion),
    printable(node ?? ''),
    text(details.url),
  ];
}

function nodeFacts({ details }: ResourceLine): readonly string[] {
  const { server } = details;
  const type = typeof server === 'object' && server !== null && 'type' in server ? text(server.type) : '';
  return [text(details.ipv4), type, text(details.os)];
}

function version(product: string, value: unknown): string {
  const found = text(value);
  return found === '' ? '' : `${product} ${found}`;
}

/** Facts come from nodes by way of a branch that is open to people. */
function text(value: unknown): string {
  return typeof value === 'string' ? printable(value) : '';
}

function why(line: ResourceLine, indent: string, paint: Paint): readonly string[] {
  if (line.ready === 'ready') return [];
  const message = line.message.split('\n').map((part) => `${indent}${printable(part)}`);
  if (line.nextStep === null) return message;
  return [...message, `${indent}${paint.dim('next')} ${printable(line.nextStep)}`];
}

function problems({ problems: found }: StatusView, paint: Paint): readonly string[] {
  if (found.length === 0) return [];
  return [paint.bold('Manifests'), renderDiagnosticsText(found, diagnosticStyle(paint)).trimEnd()];
}
