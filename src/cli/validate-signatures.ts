import type { CommitSha } from '../fleet/brand.ts';
import { isPressluftError } from '../fleet/errors.ts';
import { printable } from '../fleet/printable.ts';
import type { Refusal } from '../fleet/refusal.ts';
import type { LoadedFleet } from '../manifest/index.ts';
import { loadRecorded } from '../record/load-recorded.ts';
import type { CliContext, ReadOnlySession } from './context.ts';
import type { Paint } from './paint.ts';
import { refusalOf } from './refusal-of.ts';

/** Says so when what is checked out in a clone would be refused for its signatures; silent when that cannot be told without the network. */
export async function tellRefusal(
  context: CliContext,
  path: string,
  { fleet }: LoadedFleet,
  paint: Paint,
): Promise<void> {
  if (fleet === undefined || fleet.config.allowedSigners.length === 0) return;
  const found = await inClone(context, path, (session) => refusalOfHead(session, fleet.config.statusBranch));
  if (found === null) return;
  const { code, message } = found.refusal;
  const head = `HEAD (${found.head.slice(0, 12)})`;
  context.stderr.write(
    `${paint.yellow(`${head} would not be applied as it is: ${printable(message)}`)} (${code})\n`,
  );
}

interface Found {
  readonly head: CommitSha;
  readonly refusal: Refusal;
}

async function refusalOfHead(session: ReadOnlySession, statusBranch: string): Promise<Found | null> {
  const { git, memory } = session;
  const head = await git.resolve('HEAD');
  if (head === null) return null;
  const { status } = await git.tips(statusBranch);
  const recorded = await loadRecorded(git, status, memory.statusCache);
  const refusal = await refusalOf({ ...session, deps: null }, recorded, head);
  return refusal === null ? null : { head, refusal };
}

async function inClone<T>(
  context: CliContext,
  path: string,
  work: (session: ReadOnlySession) => Promise<T>,
): Promise<T | null> {
  try {
    const session = await context.openReadOnlySession({ repo: path });
    try {
      return await work(session);
    } finally {
      await session.close();
    }
  } catch (error) {
    // No clone, a shallow one, or no git: nothing can be told.
    if (isPressluftError(error)) return null;
    throw error;
  }
}
