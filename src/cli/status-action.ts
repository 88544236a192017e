import type { CliContext } from './context.ts';
import { withCurrent } from './load-current.ts';
import { repositoryFlags } from './options.ts';
import { type ColorChoice, paintFor } from './paint.ts';
import type { StatusFlags } from './status.ts';
import { renderStatusText } from './status-text.ts';
import { statusView } from './status-view.ts';
import { writeJson } from './write-json.ts';

/** Prints what the status branch holds. */
export async function showStatus(context: CliContext, flags: StatusFlags, color: ColorChoice): Promise<void> {
  const view = await withCurrent(context, repositoryFlags(flags), async (_, current) => statusView(current));
  if (flags.format === 'json') return writeJson(context, view);
  context.stdout.write(renderStatusText(view, paintFor(context.stdout, context.env, color)));
}
