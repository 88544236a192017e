import type { CommitSha } from '../fleet/brand.ts';
import { errors } from '../fleet/error-catalogue.ts';
import { isPressluftError } from '../fleet/errors.ts';
import type { GitReader } from '../ports/git-repository.ts';

export async function isHere(git: Pick<GitReader, 'commitInfo'>, commit: CommitSha): Promise<boolean> {
  return (await unlessMissing(git.commitInfo(commit))) !== null;
}

/** Whether `newer` is `older` or descends from it, as far as the local history shows. */
export async function isAncestor(
  git: Pick<GitReader, 'commitsBetween'>,
  older: CommitSha,
  newer: CommitSha,
): Promise<boolean> {
  if (older === newer) return true;
  const missing = await unlessMissing(git.commitsBetween(newer, older, 1));
  return missing !== null && missing.length === 0;
}

async function unlessMissing<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    if (isPressluftError(error, errors.cloneIncomplete)) return null;
    throw error;
  }
}
