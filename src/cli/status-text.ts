import { printable } from '../fleet/printable.ts';
import { renderDiagnosticsText } from '../manifest/index.ts';
import { diagnosticStyle } from './diagnostic-style.ts';
import { recordedSite, siteRows } from './site-rows.ts';
import { environmentFacts, keptFacts, nodeFacts, policyRows, requestFacts } from './status-facts.ts';
import { headline } from './status-headline.ts';
import { isStuck, type ResourceLine, type ResourceState } from './status-line.ts';
import { drawRows, type Row, type RowStyle } from './status-rows.ts';
import type { RequestLine, SiteLine, StatusView } from './status-view.ts';

export interface StatusTextOptions extends Omit<RowStyle, 'showsReadyMessages'> {
  /** List ready resources, however many. */
  readonly all: boolean;
}

/** With more rows than this, sites and nodes that are entirely ready are only counted. */
const maxReadyRows = 40;
const maxRequests = 10;
const maxProblems = 10;

const apart: ReadonlySet<ResourceState> = new Set(['retained', 'leaving', 'quarantined']);

/** The tree of sites and environments, the other resources, and the next command to run. Ends with a newline. */
export function renderStatusText(view: StatusView, options: StatusTextOptions): string {
  const style = { ...options, showsReadyMessages: view.resource !== null };
  const others = Map.groupBy(view.otherEnvironments, ({ state }) => state);
  const elsewhere = view.otherEnvironments.filter(({ state }) => !apart.has(state));
  const plain = (lines: readonly ResourceLine[], facts: Facts = () => []) =>
    drawRows(
      lines.map((line) => ({ line, indent: 2, facts: facts(line) })),
      style,
    );
  const blocks = [
    headline(view, style),
    section('Sites', siteLines(view.sites, style), style),
    section('WordPress', siteLinesOf(view, style), style),
    section('Without a manifest', plain(elsewhere, environmentFacts), style),
    section('Being removed', plain(others.get('leaving') ?? [], environmentFacts), style),
    section('Retained: manifest removed, data kept', plain(others.get('retained') ?? [], keptFacts), style),
    section(
      'Quarantined: manifest broken, left unchanged',
      plain(others.get('quarantined') ?? [], environmentFacts),
      style,
    ),
    section(
      'Nodes',
      folded(view.nodes, 'nodes', style, (lines) => plain(lines, nodeFacts)),
      style,
    ),
    section('Providers', plain(view.providers), style),
    section('Requests', requestLines(view.requests, style), style),
    section('Backups', policyRows(view, style), style),
    gone(view),
    problems(view, style),
    readOn(view, style),
  ].filter((lines) => lines.length > 0);
  return `${blocks.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

type Facts = (line: ResourceLine) => Row['facts'];
type Style = StatusTextOptions & RowStyle;

function section(title: string, lines: readonly string[], { paint }: Style): readonly string[] {
  return lines.length === 0 ? [] : [paint.bold(title), ...lines];
}

/** Only for a selected environment. */
function siteLinesOf({ resource, sites, otherEnvironments }: StatusView, { now }: Style): readonly string[] {
  const lines = [...sites.flatMap(({ environments }) => environments), ...otherEnvironments];
  const line = lines.find(({ ref }) => ref === resource);
  return line === undefined ? [] : siteRows(recordedSite(line.details), now).map((row) => `  ${row}`);
}

function siteLines(sites: readonly SiteLine[], style: Style): readonly string[] {
  const rowCount = sites.reduce((sum, site) => sum + site.environments.length, 0);
  const fold = !style.all && rowCount > maxReadyRows;
  const isFine = (site: SiteLine) => [site, ...site.environments].every(isReady);
  const shown = fold ? sites.filter((site) => !isFine(site)) : sites;
  // All sites are aligned in one table.
  const rows = shown.flatMap((site): readonly Row[] => [
    {
      line: site,
      indent: 2,
      facts: [],
      heading: site.environments.length > 0 && site.state !== 'quarantined',
    },
    ...site.environments.map((line) => ({ line, indent: 4, facts: environmentFacts(line) })),
  ]);
  const left = sites.length - shown.length;
  return [...drawRows(rows, style), ...moreReady(left, 'sites', style)];
}

function folded(
  lines: readonly ResourceLine[],
  noun: string,
  style: Style,
  draw: (lines: readonly ResourceLine[]) => readonly string[],
): readonly string[] {
  const shown = style.all || lines.length <= maxReadyRows ? lines : lines.filter((line) => !isReady(line));
  return [...draw(shown), ...moreReady(lines.length - shown.length, noun, style)];
}

function moreReady(count: number, noun: string, { paint }: Style): readonly string[] {
  if (count === 0) return [];
  return [`  ${paint.dim(`and ${count.toLocaleString('en')} ${noun} more, all ready (--all shows them)`)}`];
}

function isReady({ state, quarantined, drifted }: ResourceLine): boolean {
  return state === 'ready' && !quarantined && drifted === null;
}

/** Open requests, and the newest completed ones. */
function requestLines(requests: readonly RequestLine[], style: Style): readonly string[] {
  const open = requests.filter(({ state }) => state !== 'ready');
  const done = requests
    .filter(({ state }) => state === 'ready')
    .toSorted((a, b) => ((a.since ?? '') < (b.since ?? '') ? 1 : -1));
  const shown = style.all ? done : done.slice(0, maxRequests);
  const rows = [...open, ...shown].map((line) => ({ line, indent: 2, facts: requestFacts(line) }));
  const left = done.length - shown.length;
  return [
    ...drawRows(rows, style),
    ...(left === 0 ? [] : [`  ${style.paint.dim(`and ${left} completed earlier`)}`]),
  ];
}

function problems({ problems: found }: StatusView, { paint, all }: Style): readonly string[] {
  if (found.length === 0) return [];
  const shown = all ? found : found.slice(0, maxProblems);
  const left = found.length - shown.length;
  const more = left === 0 ? [] : [`and ${left} more: \`pressluft validate\` shows them`];
  return [paint.bold('Manifests'), renderDiagnosticsText(shown, diagnosticStyle(paint)).trimEnd(), ...more];
}

/** The resource has neither a manifest nor a record, so the view is empty. */
function gone(view: StatusView): readonly string[] {
  if (view.resource === null) return [];
  const { sites, otherEnvironments, nodes, providers, requests, backupPolicies, backupRepositories } = view;
  const lists = [sites, otherEnvironments, nodes, providers, requests, backupPolicies, backupRepositories];
  if (view.resource.startsWith('pressluft/') || lists.some((lines) => lines.length > 0)) return [];
  return ['It has no manifest and no record now.', `pressluft history ${printable(view.resource)}`];
}

/** The `explain` command for the resource in the worst state. */
function readOn(view: StatusView, { paint }: Style): readonly string[] {
  const every = [
    ...view.providers,
    ...view.nodes,
    ...view.sites.flatMap((site) => site.environments),
    ...view.otherEnvironments,
    ...view.requests,
  ];
  const order = ['not-ready', 'retrying', 'waiting', 'pending', 'leaving'];
  const worst =
    every.find(isStuck) ?? order.flatMap((state) => every.find((line) => line.state === state) ?? [])[0];
  if (worst === undefined) return [];
  return [`${paint.dim('Why?')} pressluft explain ${printable(worst.ref)}`];
}
