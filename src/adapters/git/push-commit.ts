import type { CommitSha } from '../../fleet/brand.ts';
import { errors } from '../../fleet/error-catalogue.ts';
import { isPressluftError, PressluftError } from '../../fleet/errors.ts';
import type { FetchContext } from './fetch-branches.ts';
import { incomingRef, statusRef } from './refs.ts';

/** Compare-and-swap of a remote branch by the rules of {@link GitRepository.push}. */
export async function pushCommit(
  context: FetchContext,
  branch: string,
  commit: CommitSha,
  expected: CommitSha | null,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { clone, transport, log } = context;
  if (expected !== null && !(await clone.history.isAncestor(expected, commit))) {
    throw new PressluftError(
      errors.pushRejected,
      `${commit} does not descend from ${expected}; nothing was pushed`,
      {
        hint: 'A branch is never rewritten: fetch, and build the commit on the tip of the branch.',
      },
    );
  }
  try {
    await transport.push(branch, commit, expected, signal);
  } catch (error) {
    if (isPressluftError(error, errors.cancelled)) throw error;
    // The remote may have moved the branch despite the error, or somebody else has: only its tip shows which.
    const tip = await transport.look([branch], signal).then(
      (seen) => seen.tips.get(branch) ?? null,
      () => 'unknown' as const,
    );
    if (tip === 'unknown' || (tip === expected && tip !== commit)) throw error;
    if (tip !== commit) throw overtaken(branch, expected, tip, error);
    log?.info({ branch, commit }, 'the reply to a push was lost; the remote has the commit');
  }
  await clone.refs.update(
    new Map([
      [statusRef(branch), commit],
      [incomingRef(branch), commit],
    ]),
  );
}

function overtaken(
  branch: string,
  expected: CommitSha | null,
  tip: CommitSha | null,
  cause: unknown,
): PressluftError {
  return new PressluftError(
    errors.pushRejected,
    `The branch ${branch} is at ${tip ?? 'nothing'} and not at ${expected ?? 'nothing'}: somebody else pushed`,
    { hint: 'Fetch, build the commit again, and push it.', cause, details: { branch, expected, tip } },
  );
}
