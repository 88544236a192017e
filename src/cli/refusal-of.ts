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
 * Why a commit would not be applied as it is, as far as it can be told from the repository alone: its new commits are judged by what was
 * accepted last. Whether it leads on from there is left out, for a proposal may still be merged. Null when nothing speaks against it, or
 * nothing is known.
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
