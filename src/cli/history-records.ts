import type { CommitSha, ResourceRef } from '../fleet/brand.ts';
import type { Condition } from '../fleet/recorded.ts';
import type { CommitInfo } from '../ports/git-repository.ts';
import { type RecordedRun, readRun } from '../record/read-run.ts';
import { parseStatus, statusPath } from '../record/status/status-document.ts';
import type { HistoryGit } from './history-manifest.ts';

/** A relevant change of the status document of a resource. */
export interface Transition {
  readonly commit: CommitInfo;
  /** Null if the document was removed. */
  readonly ready: Pick<Condition, 'status' | 'reason' | 'message'> | null;
  /** Newly applied commit of the manifests; null if it did not change. */
  readonly applied: CommitSha | null;
}

const maxDocumentBytes = 256 * 1024;
/** Older runs stay in the repository; reading all of them would take time proportional to their number. */
const maxRunsRead = 400;

/** Transitions of one resource, newest first. */
export async function transitionsOf(
  git: HistoryGit,
  head: CommitSha,
  ref: ResourceRef,
  { limit, since }: { readonly limit: number; readonly since?: number },
): Promise<readonly Transition[]> {
  const path = statusPath(ref);
  const commits = await git.log(head, { paths: [path], limit, ...(since === undefined ? {} : { since }) });
  const found: Transition[] = [];
  for (const commit of commits) {
    const [parent] = commit.parents;
    const after = await statusAt(git, commit.sha, path);
    const before = parent === undefined ? undefined : await statusAt(git, parent, path);
    const ready = after?.conditions.find(({ type }) => type === 'Ready') ?? null;
    const was = before?.conditions.find(({ type }) => type === 'Ready') ?? null;
    const revision = after?.appliedRevision ?? null;
    const applied = revision === (before?.appliedRevision ?? null) ? null : revision;
    const moved = ready?.status !== was?.status || ready?.reason !== was?.reason;
    // A change of facts alone, such as those of a node, is not part of the history.
    if (moved || applied !== null) found.push({ commit, ready, applied });
  }
  return found;
}

async function statusAt(git: HistoryGit, commit: CommitSha, path: string) {
  const text = await textAt(git, commit, path);
  return text === undefined ? undefined : parseStatus(text);
}

async function textAt(git: HistoryGit, commit: CommitSha, path: string): Promise<string | undefined> {
  const entries = await git.list(commit, path).catch(() => []);
  const entry = entries.find((file) => file.path === path && file.kind === 'file');
  if (entry === undefined) return undefined;
  try {
    return new TextDecoder().decode(await git.read(entry.oid, maxDocumentBytes));
  } catch {
    // Larger than any document that Pressluft writes.
    return undefined;
  }
}

/** Runs that worked on a resource, newest first; reads the newest 400 runs. */
export async function runsOf(
  git: HistoryGit,
  head: CommitSha,
  ref: ResourceRef,
  { limit, since = 0 }: { readonly limit: number; readonly since?: number },
): Promise<readonly RecordedRun[]> {
  const files = (await git.list(head, 'runs')).filter(
    ({ path, kind }) => kind === 'file' && path.endsWith('.yaml'),
  );
  // Run ids begin with their time, so paths sort by time.
  const newest = files.toSorted((a, b) => (a.path < b.path ? 1 : -1)).slice(0, maxRunsRead);
  const found: RecordedRun[] = [];
  for (const { oid } of newest) {
    if (found.length >= limit) break;
    const bytes = await git.read(oid, 2 * maxDocumentBytes).catch(() => null);
    const run = bytes === null ? undefined : runWith(ref, new TextDecoder().decode(bytes));
    if (run === undefined) continue;
    if (Date.parse(run.startedAt) < since) break;
    found.push(run);
  }
  return found;
}

/** Most runs concern other resources, and parsing YAML is expensive. */
function runWith(ref: ResourceRef, text: string): RecordedRun | undefined {
  if (!text.includes(ref)) return undefined;
  const run = readRun(text);
  return run?.results.some(({ resource }) => resource === ref) === true ? run : undefined;
}
