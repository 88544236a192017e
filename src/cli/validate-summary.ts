import { githubSummaryBytes, renderGithubSummary } from '../manifest/index.ts';
import type { CliContext } from './context.ts';
import { paintFor } from './paint.ts';
import { inCheckout } from './validate-render.ts';
import { type Validation, verdictLine } from './validate-verdict.ts';

/** Adds a table of all findings to the summary of a GitHub job, within the space that earlier commands of the step left. */
export async function appendJobSummary({ env, files }: CliContext, validation: Validation): Promise<void> {
  const path = env.GITHUB_STEP_SUMMARY;
  if (path === undefined || path === '') return;
  const room = githubSummaryBytes - (await files.sizeBytes(path));
  const verdict = verdictLine(validation, paintFor({}, {}, false)).trimEnd();
  await files.append(path, renderGithubSummary(inCheckout(validation), verdict, Math.max(0, room)));
}
