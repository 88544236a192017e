import type { CommitSha } from '../fleet/brand.ts';
import type { RecordedFleet } from '../fleet/recorded.ts';
import { parseResourceRef } from '../fleet/resource.ts';

/** The last applied commit according to the records. */
export interface RecordedTrust {
  readonly revision: CommitSha | null;
  /** Whether commits after it had to be signed. */
  readonly signed: boolean;
}

export function recordedTrust({ status }: Pick<RecordedFleet, 'status'>): RecordedTrust {
  for (const { ref, observedRevision, details } of status.values()) {
    if (parseResourceRef(ref)?.kind !== 'Pressluft' || observedRevision === null) continue;
    return {
      revision: observedRevision,
      signed: Array.isArray(details.signers) && details.signers.length > 0,
    };
  }
  return { revision: null, signed: false };
}
