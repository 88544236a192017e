import { type Command, InvalidArgumentError } from 'commander';
import type { EnvironmentName } from '../fleet/brand.ts';
import { type ResourceKind, resourceRef } from '../fleet/resource.ts';
import { parseDurationMs } from '../manifest/index.ts';
import { environmentsOfSite } from '../record/status/fleet-details.ts';
import type { CliContext, RepositoryFlags } from './context.ts';
import { findResource } from './find-resource.ts';
import { type HistoryGit, manifestChanges } from './history-manifest.ts';
import { runsOf, transitionsOf } from './history-records.ts';
import { renderHistoryText } from './history-text.ts';
import { type HistorySources, type HistoryView, historyView } from './history-view.ts';
import { writeJson } from './json-text.ts';
import { type Current, withCurrent } from './load-current.ts';
import { addExamples, addRepositoryOptions, type Format, formatOption, globalOptions } from './options.ts';
import { type ColorChoice, paintFor } from './paint.ts';

interface HistoryFlags extends RepositoryFlags {
  readonly format: Format;
  readonly limit: number;
  readonly since?: Since;
}

/** A time in ms since the epoch, or a duration before now. */
type Since = { readonly kind: 'moment'; readonly at: number } | { readonly kind: 'ago'; readonly ms: number };

export function registerHistory(command: Command, context: CliContext): void {
  addRepositoryOptions(command)
    .argument('<resource>', 'such as environment/acme-production; may be a removed one')
    .option('--limit <number>', 'at most this many entries', limit, 20)
    .option('--since <when>', 'a date such as 2026-11-01, or a duration such as 12h or 7d', since)
    .addOption(formatOption())
    .action((subject: string, flags: HistoryFlags) =>
      showHistory(context, subject, flags, globalOptions(command).color),
    );
  addExamples(command, 'pressluft history environment/acme-production --since 7d');
}

function limit(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1 && number <= 1000) return number;
  throw new InvalidArgumentError('Expected a number from 1 to 1000.');
}

function since(text: string): Since {
  const days = /^(\d{1,5})d$/.exec(text)?.[1];
  const ms = days === undefined ? parseDurationMs(text) : Number(days) * 86_400_000;
  if (ms !== undefined) return { kind: 'ago', ms };
  const at = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at))
    throw new InvalidArgumentError('Expected a date such as 2026-11-01, or a duration such as 7d.');
  return { kind: 'moment', at };
}

/** Prints the history of a resource from Git alone. */
async function showHistory(
  context: CliContext,
  subject: string,
  flags: HistoryFlags,
  color: ColorChoice,
): Promise<void> {
  const { view, now } = await withCurrent(context, flags, async ({ git, clock }, current) => {
    const now = clock.now();
    const { ref, kind, file } = await findResource(git, current, subject);
    const since = flags.since === undefined ? {} : { since: sinceWhen(flags.since, now) };
    const range = { limit: flags.limit, ...since };
    const { head } = current.recorded;
    const from = current.commit;
    const name = ref.slice(ref.indexOf('/') + 1) as EnvironmentName;
    const backups = kind === 'Environment' ? (current.recorded.backups.get(name) ?? []) : [];
    const view: HistoryView = historyView({
      resource: ref,
      changes: file === null ? [] : await manifestChanges(git, { ref, file, from, ...range }),
      transitions: head === null ? [] : await transitionsOf(git, head, ref, range),
      ...(await inheritedOf(git, current, { name, kind }, range)),
      approvals: current.recorded.approvals.filter(
        ({ resources, at }) => resources?.includes(ref) === true && Date.parse(at) >= (since.since ?? 0),
      ),
      runs: head === null ? [] : await runsOf(git, head, ref, range),
      backups: backups.filter(({ takenAt }) => Date.parse(takenAt) >= (since.since ?? 0)),
      limit: flags.limit,
    });
    return { view, now };
  });
  if (flags.format === 'json') return writeJson(context, view);
  context.stdout.write(renderHistoryText(view, paintFor(context.stdout, context.env, color), now));
}

/** Commits of the site of an environment, whose values it inherits. */
async function inheritedOf(
  git: HistoryGit,
  { commit, manifests, recorded }: Current,
  { name, kind }: { readonly name: EnvironmentName; readonly kind: ResourceKind },
  range: { readonly limit: number; readonly since?: number },
): Promise<Pick<HistorySources, 'inherited'>> {
  if (kind !== 'Environment') return {};
  const named = manifests.fleet?.environments.get(name)?.site;
  const recordedSite = [...recorded.status.values()].find(
    (status) => status.ref.startsWith('site/') && environmentsOfSite(status).includes(name),
  );
  const ref = named === undefined ? recordedSite?.ref : resourceRef('Site', named);
  if (ref === undefined) return {};
  const manifest = manifests.resources.find((resource) => resource.ref === ref);
  const file = manifest?.file ?? recorded.status.get(ref)?.sourceFile;
  if (file === undefined || file === '') return {};
  return {
    inherited: { resource: ref, changes: await manifestChanges(git, { ref, file, from: commit, ...range }) },
  };
}

function sinceWhen(since: HistoryFlags['since'], now: number): number {
  return since === undefined ? 0 : since.kind === 'moment' ? since.at : now - since.ms;
}
