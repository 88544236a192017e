import { type CommitSha, parseCommitSha } from '../../fleet/brand.ts';
import type { CommitInfo } from '../../ports/git-repository.ts';

/** Reads a raw commit object; null when it is not one. Invalid UTF-8 bytes are replaced. */
export function parseCommit(sha: CommitSha, content: Buffer): CommitInfo | null {
  const text = content.toString('utf8');
  const end = text.indexOf('\n\n');
  const headers = (end < 0 ? text : text.slice(0, end)).split('\n');
  const value = (name: string) => headers.find((line) => line.startsWith(`${name} `))?.slice(name.length + 1);
  if (parseCommitSha(value('tree') ?? '') === undefined) return null;
  const committed = signature(value('committer') ?? '');
  return {
    sha,
    parents: headers.flatMap((line) => {
      const parent = line.startsWith('parent ') ? parseCommitSha(line.slice(7)) : undefined;
      return parent === undefined ? [] : [parent];
    }),
    message: end < 0 ? '' : text.slice(end + 2),
    author: signature(value('author') ?? '').who,
    committedAt: new Date(committed.seconds * 1000).toISOString(),
  };
}

/** The latest time that a Date can hold, in seconds. */
const maxSeconds = 8_640_000_000_000;

/** `Name <mail> seconds zone`; an impossible time is read as the epoch. */
function signature(line: string): { readonly who: string; readonly seconds: number } {
  const match = /^(.*>) (-?\d{1,14})(?: [+-]\d{4})?$/.exec(line);
  const seconds = Number(match?.[2] ?? 0);
  return { who: match?.[1] ?? line, seconds: Math.abs(seconds) <= maxSeconds ? seconds : 0 };
}
