import { pinnedHostKey } from '../actions/host-keys.ts';
import type { CommitSha, NodeName, ResourceRef } from '../fleet/brand.ts';
import type { DesiredFleet } from '../fleet/desired.ts';
import { isPressluftError, messageOf } from '../fleet/errors.ts';
import type { ObservedFleet } from '../fleet/observed.ts';
import type { Plan } from '../fleet/plan.ts';
import type { RecordedFleet, StatusDocument } from '../fleet/recorded.ts';
import type { ActionResult } from '../fleet/run.ts';
import type { Diagnostic } from '../manifest/index.ts';
import type { Deps } from '../ports/index.ts';
import { recordChanges } from '../record/changes.ts';
import { commitRecords } from '../record/commit-records.ts';
import { fleetStatus } from '../record/fleet-status.ts';
import { recordMessage } from '../record/record-message.ts';
import type { Acceptance } from './accept-commit.ts';
import type { PassMemory } from './memory.ts';
import type { OnProgress } from './progress.ts';
import { isoTime, markRecorded, unrecordedRuns } from './run-log.ts';

interface RecordOptions {
  readonly pass: string;
  readonly signal: AbortSignal;
  readonly onProgress: OnProgress;
}

interface RecordInput {
  readonly desired: DesiredFleet;
  readonly observed: ObservedFleet;
  readonly recorded: RecordedFleet;
  readonly residual: Plan;
  /** Results of the actions of this pass. */
  readonly results: readonly ActionResult[];
  readonly diagnostics: readonly Diagnostic[];
  readonly acceptance: Acceptance;
}

/** A record that cannot be pushed now is not lost: the next pass computes status again, and runs stay in the store. */
export async function record(
  deps: Deps,
  memory: PassMemory,
  { pass, signal, onProgress }: RecordOptions,
  input: RecordInput,
): Promise<{ statusCommit: CommitSha | null; status: ReadonlyMap<ResourceRef, StatusDocument> }> {
  const { desired, diagnostics, results } = input;
  const attempted = new Set(results.map(({ resource }) => resource));
  const at = deps.clock.now();
  const { fleet, statusBranch } = desired.config;
  const runs = unrecordedRuns(deps.store);
  const contentVersion = await deps.ansible.contentVersion();
  const known = new Map<RecordedFleet, ReturnType<typeof fleetStatus>>();
  const statusFor = (recorded: RecordedFleet) => {
    const before = known.get(recorded);
    if (before !== undefined) return before;
    const status = fleetStatus({
      ...input,
      attempted,
      signers: input.acceptance.signers,
      refusal: input.acceptance.refusal,
      recorded,
      contentVersion,
      problems: diagnostics
        .filter((diagnostic) => diagnostic.severity === 'error')
        .slice(0, 20)
        .map(({ code, file, line, column, message }) => `${file}:${line}:${column} ${code} ${message}`),
      hostKeyOf: (ref) => pinnedHostKey(deps.store, recorded, fleet, ref.slice('node/'.length) as NodeName),
      at: isoTime(at),
    });
    known.set(recorded, status);
    return status;
  };
  const status = statusFor(input.recorded);
  try {
    const statusCommit = await commitRecords({
      git: deps.git,
      branch: statusBranch,
      recorded: input.recorded,
      cache: memory.statusCache,
      runs,
      changes: (recorded, news) => recordChanges(recorded, statusFor(recorded), news),
      message: (recorded, news) =>
        recordMessage({ recorded, wanted: statusFor(recorded), revision: desired.commit, runs: news }),
      at,
      signal,
    });
    markRecorded(deps.store, runs);
    if (statusCommit !== null) onProgress({ kind: 'recorded', pass, commit: statusCommit });
    return { statusCommit, status };
  } catch (error) {
    signal.throwIfAborted();
    if (!isPressluftError(error)) throw error;
    deps.log.warn(
      { code: error.code, message: messageOf(error) },
      'recording failed, it is retried in the next pass',
    );
    return { statusCommit: null, status };
  }
}
