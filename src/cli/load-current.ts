import type { RecordedFleet } from '../fleet/recorded.ts';
import type { LoadedFleet } from '../manifest/index.ts';
import { loadDesired } from '../reconcile/load-desired.ts';
import { fetchedStatusBranch } from '../reconcile/status-branch.ts';
import { loadRecorded } from '../record/load-recorded.ts';
import type { CliContext, Session } from './context.ts';
import { loadOptions } from './with-session.ts';

export interface Current {
  readonly manifests: LoadedFleet;
  readonly commit: string;
  readonly recorded: RecordedFleet;
}

/** Manifests and records as the repository holds them now; asks neither providers nor nodes. */
export async function loadCurrent({ signal }: CliContext, session: Session): Promise<Current> {
  const { deps, memory } = session;
  const guess = fetchedStatusBranch(deps.store);
  let tips = await deps.git.fetch(guess, signal);
  const commit = tips.source;
  const manifests = await loadDesired(deps.git, commit, memory, loadOptions(session));
  const branch = manifests.fleet?.config.statusBranch ?? guess;
  if (branch !== guess) tips = await deps.git.fetch(branch, signal);
  const recorded = await loadRecorded(deps.git, tips.status, memory.statusCache);
  return { manifests, commit, recorded };
}
