import type { EnvironmentName } from '../fleet/brand.ts';
import type { CliContext, RepositoryFlags } from './context.ts';
import { findResource } from './find-resource.ts';
import { manifestChanges } from './history-manifest.ts';
import { runsOf, transitionsOf } from './history-records.ts';
import { renderHistoryText } from './history-text.ts';
import { type HistoryView, historyView } from './history-view.ts';
import { writeJson } from './json-text.ts';
import { withCurrent } from './load-current.ts';
import type { Format } from './options.ts';
import { type ColorChoice, paintFor } from './paint.ts';

export interface HistoryFlags extends RepositoryFlags {
  readonly format: Format;
  readonly limit: number;
  readonly since?: Since;
}

/** A moment in ms since the epoch, or how long ago. */
export type Since =
  | { readonly kind: 'moment'; readonly at: number }
  | { readonly kind: 'ago'; readonly ms: number };

/** Prints what happened to a resource, from Git alone. */
export async function showHistory(
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
      runs: head === null ? [] : await runsOf(git, head, ref, range),
      backups: backups.filter(({ takenAt }) => Date.parse(takenAt) >= (since.since ?? 0)),
      limit: flags.limit,
    });
    return { view, now };
  });
  if (flags.format === 'json') return writeJson(context, view);
  context.stdout.write(renderHistoryText(view, paintFor(context.stdout, context.env, color), now));
}

function sinceWhen(since: HistoryFlags['since'], now: number): number {
  return since === undefined ? 0 : since.kind === 'moment' ? since.at : now - since.ms;
}
