import type { CommitSha } from '../../../src/fleet/brand.ts';
import type { HistoryStep, LogOptions } from '../../../src/ports/git-repository.ts';
import { nodeAt, type SimCommit } from './objects.ts';

/** Commits by their id. */
export type Commits = ReadonlyMap<string, SimCommit>;

export function isAncestorIn(commits: Commits, older: CommitSha, newer: CommitSha): boolean {
  const floor = commits.get(older)?.generation;
  if (floor === undefined) return false;
  const seen = new Set<string>();
  const waiting: CommitSha[] = [newer];
  for (let sha = waiting.pop(); sha !== undefined; sha = waiting.pop()) {
    if (sha === older) return true;
    const commit = commits.get(sha);
    if (commit === undefined || commit.generation <= floor || seen.has(sha)) continue;
    seen.add(sha);
    waiting.push(...commit.parents);
  }
  return false;
}

/** All ancestors of a tip including itself, without those that `isKnown` and commits that only these reach. */
export function reachable(
  commits: Commits,
  tip: CommitSha,
  isKnown: (sha: CommitSha) => boolean = () => false,
): ReadonlyMap<string, SimCommit> {
  const found = new Map<string, SimCommit>();
  const waiting: CommitSha[] = [tip];
  for (let sha = waiting.pop(); sha !== undefined; sha = waiting.pop()) {
    const commit = commits.get(sha);
    if (commit === undefined || found.has(sha) || isKnown(sha)) continue;
    found.set(sha, commit);
    waiting.push(...commit.parents);
  }
  return found;
}

/** As `git log` with paths and without flags: a merge that changed none of the paths follows only the parent with the same content. */
export function logOf(commits: Commits, from: CommitSha, options: LogOptions): readonly SimCommit[] {
  const { paths, limit, since } = options;
  if (paths.length === 0 || limit < 1) return [];
  const oldest = since === undefined ? Number.NEGATIVE_INFINITY : Math.floor(since / 1000);
  const found: SimCommit[] = [];
  const seen = new Set<string>([from]);
  const queue: SimCommit[] = [];
  const enqueue = (sha: CommitSha) => {
    const commit = commits.get(sha);
    if (commit === undefined) return;
    const at = queue.findIndex((other) => other.committedAtSeconds < commit.committedAtSeconds);
    queue.splice(at < 0 ? queue.length : at, 0, commit);
  };
  enqueue(from);
  for (let commit = queue.shift(); commit !== undefined && found.length < limit; commit = queue.shift()) {
    if (commit.committedAtSeconds < oldest) continue;
    const parents = commit.parents.flatMap((sha) => commits.get(sha) ?? []);
    const same = parents.find((parent) => isSameAt(paths, commit, parent));
    const changed = parents.length === 0 ? !isSameAt(paths, commit, undefined) : same === undefined;
    if (changed) found.push(commit);
    for (const { sha } of same === undefined ? parents : [same]) {
      if (seen.has(sha)) continue;
      seen.add(sha);
      enqueue(sha);
    }
  }
  return found;
}

/** The newest commits of `newer` that `older` does not have, parents before children. */
export function stepsBetween(
  commits: Commits,
  older: CommitSha,
  newer: CommitSha,
  limit: number,
): readonly HistoryStep[] {
  const below = reachable(commits, older);
  const range = reachable(commits, newer, (sha) => below.has(sha));
  return newestFirst(range, newer)
    .slice(0, Math.floor(limit))
    .reverse()
    .map(({ sha, parents }) => ({ sha, parents }));
}

/** As `git rev-list --topo-order`: no commit before its children, lines of history not mixed. */
function newestFirst(range: ReadonlyMap<string, SimCommit>, tip: CommitSha): readonly SimCommit[] {
  const children = new Map<string, number>();
  for (const { parents } of range.values())
    for (const parent of parents) children.set(parent, (children.get(parent) ?? 0) + 1);
  const sorted: SimCommit[] = [];
  const ready = [tip];
  for (let sha = ready.pop(); sha !== undefined; sha = ready.pop()) {
    const commit = range.get(sha);
    if (commit === undefined) continue;
    sorted.push(commit);
    for (const parent of commit.parents) {
      const left = (children.get(parent) ?? 0) - 1;
      children.set(parent, left);
      if (left === 0) ready.push(parent);
    }
  }
  return sorted;
}

function isSameAt(paths: readonly string[], commit: SimCommit, parent: SimCommit | undefined): boolean {
  return paths.every(
    (path) =>
      commit.tree === parent?.tree ||
      nodeAt(commit.tree, path)?.oid === (parent && nodeAt(parent.tree, path)?.oid),
  );
}
