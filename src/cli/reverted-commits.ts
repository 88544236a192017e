import type { CommitSha } from '../fleet/brand.ts';
import type { GitReader } from '../ports/git-repository.ts';

/** `git revert` writes this line. Git has no field for the reverted commit. */
const revertLine = /^This reverts commit ([0-9a-f]{40})\b/gm;
/** At most this many commits are read. Reverted commits are only shown in the plan; nothing depends on them. */
const maxCommits = 1000;

/** Commits that the commits between `base` and `head` undo by `git revert`, newest first. */
export async function revertsBetween(
  git: Pick<GitReader, 'commitInfo'>,
  base: CommitSha | null,
  head: CommitSha,
): Promise<readonly CommitSha[]> {
  if (base === null || base === head) return [];
  const known = await ancestors(git, base, new Set());
  const messages = [...(await ancestors(git, head, new Set(known.keys()))).values()];
  const reverted = messages.flatMap((message) =>
    [...message.matchAll(revertLine)].map(([, commit]) => commit as CommitSha),
  );
  return [...new Set(reverted)];
}

/** Messages of a commit and its ancestors, nearest first, without the known ones. */
async function ancestors(
  git: Pick<GitReader, 'commitInfo'>,
  from: CommitSha,
  known: ReadonlySet<CommitSha>,
): Promise<ReadonlyMap<CommitSha, string>> {
  const found = new Map<CommitSha, string>();
  let level: readonly CommitSha[] = known.has(from) ? [] : [from];
  while (level.length > 0 && found.size < maxCommits) {
    // Commits beyond the boundary of a shallow clone are unknown.
    const infos = await Promise.all(level.map((commit) => git.commitInfo(commit).catch(() => null)));
    for (const info of infos) if (info !== null) found.set(info.sha, info.message);
    const parents = infos.flatMap((info) => info?.parents ?? []);
    level = [...new Set(parents)].filter((commit) => !known.has(commit) && !found.has(commit));
  }
  return found;
}
