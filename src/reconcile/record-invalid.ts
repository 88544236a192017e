import type { CommitSha } from '../fleet/brand.ts';
import { isPressluftError, messageOf } from '../fleet/errors.ts';
import type { RecordedFleet, StatusDocument } from '../fleet/recorded.ts';
import { type Diagnostic, isError } from '../manifest/index.ts';
import type { Deps } from '../ports/index.ts';
import { recordChanges } from '../record/changes.ts';
import { commitRecords } from '../record/commit-records.ts';
import { withInvalidConfiguration } from '../record/fleet-status.ts';
import { recordMessage } from '../record/record-message.ts';
import type { PassMemory } from './memory.ts';
import { isoTime, markRecorded, unrecordedRuns } from './run-log.ts';

interface InvalidCommit {
  readonly recorded: RecordedFleet;
  /** Status branch of the last valid configuration. */
  readonly branch: string;
  readonly commit: CommitSha;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Records that the configuration of the newest commit is broken, in the document of the fleet; all other documents keep their state. Null if
 * nothing changed, or if no fleet is recorded yet.
 */
export async function recordInvalid(
  deps: Deps,
  memory: PassMemory,
  { signal }: { readonly signal: AbortSignal },
  { recorded, branch, commit, diagnostics }: InvalidCommit,
): Promise<CommitSha | null> {
  const at = deps.clock.now();
  const runs = unrecordedRuns(deps.store);
  const problems = diagnostics
    .filter(isError)
    .slice(0, 20)
    .map(({ code, file, line, column, message }) => `${file}:${line}:${column} ${code} ${message}`);
  const wanted = (fleet: RecordedFleet): RecordedFleet['status'] =>
    new Map(
      [...fleet.status].map(([ref, status]): [typeof ref, StatusDocument] => [
        ref,
        ref.startsWith('pressluft/')
          ? withInvalidConfiguration(status, { commit, problems, at: isoTime(at) })
          : status,
      ]),
    );
  try {
    const statusCommit = await commitRecords({
      git: deps.git,
      branch,
      recorded,
      cache: memory.statusCache,
      runs,
      changes: (fleet, news) => recordChanges(fleet, wanted(fleet), news),
      message: (fleet, news) =>
        recordMessage({ recorded: fleet, wanted: wanted(fleet), revision: commit, runs: news }),
      at,
      signal,
    });
    markRecorded(deps.store, runs);
    return statusCommit;
  } catch (error) {
    signal.throwIfAborted();
    if (!isPressluftError(error)) throw error;
    deps.log.warn(
      { code: error.code, message: messageOf(error) },
      'recording failed, it is retried in the next pass',
    );
    return null;
  }
}
