import type { CommitSha, ResourceRef } from '../fleet/brand.ts';
import type { FieldChange } from '../fleet/plan.ts';
import type { SourcePosition } from '../fleet/resource.ts';
import { isManifestPath, limits, readResource, type WrittenResource } from '../manifest/index.ts';
import { fieldChanges } from '../plan/field-changes.ts';
import type { CommitInfo, GitRepository } from '../ports/git-repository.ts';

/** The Git operations that reading history needs. */
export type HistoryGit = Pick<GitRepository, 'list' | 'read' | 'commitInfo' | 'log'>;

export interface ChangedField extends FieldChange {
  /** Position in the file after the commit; null if the field was removed. */
  readonly position: SourcePosition | null;
}

/** The change that a commit made to the manifest of a resource. */
export interface ManifestChange {
  readonly commit: CommitInfo;
  readonly kind: 'added' | 'changed' | 'moved' | 'removed';
  readonly file: string;
  /** Changed leaves, secrets redacted; empty for `added` and `removed`. */
  readonly fields: readonly ChangedField[];
}

export interface ManifestQuery {
  readonly ref: ResourceRef;
  /** Path of the manifest at `from`, or its last path. */
  readonly file: string;
  readonly from: CommitSha;
  readonly limit: number;
  /** Ms since the epoch. */
  readonly since?: number;
}

/** A file may hold many documents: up to this many of its commits are read for each change to return. */
const commitsPerChange = 10;
const maxMoves = 20;

/**
 * Commits that changed the manifest of one resource, newest first. Commits that only changed other documents of the file are left out.
 * Moves to another file are followed.
 */
export async function manifestChanges(
  git: HistoryGit,
  query: ManifestQuery,
): Promise<readonly ManifestChange[]> {
  const changes: ManifestChange[] = [];
  let trail: { file: string; from: CommitSha } | undefined = { file: query.file, from: query.from };
  for (let moves = 0; trail !== undefined && moves < maxMoves; moves++) {
    trail = await follow(git, query, trail.file, trail.from, changes);
  }
  return changes.slice(0, query.limit);
}

/** Adds the changes of one file; returns the previous file and commit if the resource was moved from another file. */
async function follow(
  git: HistoryGit,
  { ref, limit, since }: ManifestQuery,
  file: string,
  from: CommitSha,
  into: ManifestChange[],
): Promise<{ file: string; from: CommitSha } | undefined> {
  const commits = await git.log(from, {
    paths: [file],
    limit: limit * commitsPerChange,
    ...(since === undefined ? {} : { since }),
  });
  for (const commit of commits) {
    if (into.length >= limit) return undefined;
    const [parent] = commit.parents;
    const after = await resourceAt(git, commit.sha, file, ref);
    const before = parent === undefined ? undefined : await resourceAt(git, parent, file, ref);
    if (after !== undefined && before === undefined && parent !== undefined) {
      const source = await movedFrom(git, parent, commit.sha, file, ref);
      if (source !== undefined) {
        into.push({ commit, kind: 'moved', file, fields: differences(source.resource, after) });
        return { file: source.file, from: parent };
      }
    }
    const kind = kindOf(before, after);
    const fields = kind === 'changed' ? differences(before, after) : [];
    if (kind !== undefined && (kind !== 'changed' || fields.length > 0)) {
      into.push({ commit, kind, file, fields });
    }
  }
  return undefined;
}

function kindOf(before: unknown, after: unknown): 'added' | 'changed' | 'removed' | undefined {
  if (before === undefined) return after === undefined ? undefined : 'added';
  return after === undefined ? 'removed' : 'changed';
}

export function differences(
  before: WrittenResource | undefined,
  after: WrittenResource | undefined,
): readonly ChangedField[] {
  return fieldChanges(before?.value, after?.value).map((change) => ({
    ...change,
    position: change.after === null ? null : (after?.positionOf(change.field) ?? null),
  }));
}

export async function resourceAt(
  git: HistoryGit,
  commit: CommitSha,
  file: string,
  ref: ResourceRef,
): Promise<WrittenResource | undefined> {
  // The commit may be missing in a shallow clone. The known history then begins here.
  const entries = await git.list(commit, file).catch(() => []);
  const entry = entries.find(({ path, kind }) => path === file && kind === 'file');
  return entry === undefined ? undefined : readEntry(git, entry, ref);
}

async function readEntry(
  git: HistoryGit,
  { path, oid }: { readonly path: string; readonly oid: string },
  ref: ResourceRef,
): Promise<WrittenResource | undefined> {
  try {
    return readResource(path, await git.read(oid, limits.fileBytes), ref);
  } catch {
    // Too large, or missing in a shallow clone: treated as absent.
    return undefined;
  }
}

/** The file of the parent commit that contained the resource, among the files that the commit changed or removed. */
async function movedFrom(
  git: HistoryGit,
  parent: CommitSha,
  commit: CommitSha,
  file: string,
  ref: ResourceRef,
): Promise<{ file: string; resource: WrittenResource } | undefined> {
  const now = new Map((await git.list(commit)).map(({ path, oid }) => [path, oid]));
  for (const entry of await git.list(parent).catch(() => [])) {
    const { path, oid, kind } = entry;
    if (kind !== 'file' || path === file || !isManifestPath(path) || now.get(path) === oid) continue;
    const resource = await readEntry(git, entry, ref);
    if (resource !== undefined) return { file: path, resource };
  }
  return undefined;
}
