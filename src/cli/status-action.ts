import type { CliContext } from './context.ts';
import { loadCurrent } from './load-current.ts';
import { type ColorChoice, paintFor } from './paint.ts';
import type { StatusFlags } from './status.ts';
import { renderStatusText } from './status-text.ts';
import { statusView } from './status-view.ts';
import { withSession } from './with-session.ts';
import { writeJson } from './write-json.ts';

/** Prints what the status branch holds. */
export async function showStatus(context: CliContext, flags: StatusFlags, color: ColorChoice): Promise<void> {
  const view = await withSession(
    context,
    flags,
    { access: 'shared', defaultLogLevel: 'warn' },
    async (session) => statusView(await loadCurrent(context, session)),
  );
  if (flags.format === 'json') return writeJson(context, view);
  context.stdout.write(renderStatusText(view, paintFor(context.stdout, context.env, color)));
}
