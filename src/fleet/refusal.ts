import type { CommitSha } from './brand.ts';
import type { errors } from './error-catalogue.ts';

/** Why the newest commit of the source branch is not applied. */
export interface Refusal {
  /** PL6006: a commit is not signed as it must be; PL6007: the branch does not descend from the last applied commit. */
  readonly code: typeof errors.commitUnsigned | typeof errors.historyDiverged;
  /** The newest commit of the branch, which is not applied. */
  readonly tip: CommitSha;
  readonly message: string;
  readonly nextStep: string;
}
