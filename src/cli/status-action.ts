import type { CliContext, RepositoryFlags } from './context.ts';
import { findResource } from './find-resource.ts';
import { writeJson } from './json-text.ts';
import { withCurrent } from './load-current.ts';
import type { Format } from './options.ts';
import { type ColorChoice, paintFor } from './paint.ts';
import { narrowStatus } from './status-narrow.ts';
import { renderStatusText } from './status-text.ts';
import { statusView } from './status-view.ts';

export interface StatusFlags extends RepositoryFlags {
  readonly format: Format;
  readonly all?: boolean;
}

/** Prints what the status branch holds, of one resource if one is named; throws PL2004 for one that nobody knows. */
export async function showStatus(
  context: CliContext,
  subject: string | undefined,
  flags: StatusFlags,
  color: ColorChoice,
): Promise<void> {
  const { view, now } = await withCurrent(context, flags, async ({ git, clock }, current) => {
    const { head } = current.recorded;
    const recordedAt = head === null ? null : (await git.commitInfo(head)).committedAt;
    const whole = statusView(current, recordedAt);
    const narrowed =
      subject === undefined ? whole : narrowStatus(whole, await findResource(git, current, subject));
    return { view: narrowed, now: clock.now() };
  });
  if (flags.format === 'json') return writeJson(context, view);
  const { stdout, env } = context;
  const text = renderStatusText(view, {
    paint: paintFor(stdout, env, color),
    now,
    columns: stdout.isTTY === true ? (stdout.columns ?? 80) : null,
    all: flags.all === true,
  });
  stdout.write(text);
}
