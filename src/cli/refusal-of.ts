import type { CommitSha } from '../fleet/brand.ts';
import type { RecordedFleet } from '../fleet/recorded.ts';
import type { Refusal } from '../fleet/refusal.ts';
import { type Accepted, readAccepted } from '../reconcile/accepted.ts';
import { configAt } from '../reconcile/config-at.ts';
import { isHere } from '../reconcile/history.ts';
import { type JudgeDeps, judgeCommits } from '../reconcile/judge-history.ts';
import { recordedTrust } from '../record/recorded-trust.ts';
import type { PlanSource } from './plan-source.ts';

/**
 * Why a commit would be refused, judged from the repository alone: its new commits are checked against the signers of the commit accepted last.
 * Whether that commit is an ancestor is not checked, because a proposed branch may still be merged. Null if nothing is wrong, or if
 * it cannot be decided.
 */
export async function refusalOf(
  source: JudgeDeps & Pick<PlanSource, 'git' | 'deps' | 'clock'>,
  recorded: RecordedFleet,
  commit: CommitSha,
): Promise<Refusal | null> {
  const { git, deps, clock } = source;
  const trusted = (deps === null ? null : readAccepted(deps.store)) ?? (await acceptedBy(git, recorded));
  if (trusted === null || trusted.signers.length === 0 || !(await isHere(git, trusted.commit))) return null;
  const judged = await judgeCommits(source, trusted, commit, clock.now());
  return judged.kind === 'refused' ? judged.refusal : null;
}

async function acceptedBy(git: PlanSource['git'], recorded: RecordedFleet): Promise<Accepted | null> {
  const { revision } = recordedTrust(recorded);
  if (revision === null || !(await isHere(git, revision))) return null;
  return { commit: revision, signers: (await configAt(git, revision))?.allowedSigners ?? [] };
}
