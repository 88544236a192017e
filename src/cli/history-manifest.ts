import type { CommitSha, ResourceRef } from '../fleet/brand.ts';
import type { FieldChange } from '../fleet/plan.ts';
import type { SourcePosition } from '../fleet/resource.ts';
import { isManifestPath, limits, readResource, type WrittenResource } from '../manifest/index.ts';
import { fieldChanges } from '../plan/field-changes.ts';
import type { CommitInfo, GitRepository } from '../ports/git-repository.ts';

/** The part of Git that history is read from. */
export type HistoryGit = Pick<GitRepository, 'list' | 'read' | 'commitInfo' | 'log'>;

export interface ChangedField extends FieldChange {
  /** In the file as the commit left it; null when the field went. */
  readonly position: SourcePosition | null;
}

/** What a commit did to the manifest of a resource. */
export interface ManifestChange {
  readonly commit: CommitInfo;
  readonly kind: 'added' | 'changed' | 'moved' | 'removed';
  readonly file: string;
  /** Leaf by leaf, secrets redacted; none for `added` and `removed`. */
  readonly fields: readonly ChangedField[];
}

export interface ManifestQuery {
  readonly ref: ResourceRef;
  /** Where it is written at `from`, or was last. */
  readonly file: string;
  readonly from: CommitSha;
  readonly limit: number;
  /** ms since the epoch. */
  readonly since?: number;
}

/** Commits of a file with many documents that may be looked at for one that is asked for. */
const commitsPerChange = 10;
const maxMoves = 20;

/**
 * Commits that changed the manifest of one resource, newest first. Commits that changed other documents of its file are left out,
 * and it is followed when it was moved to another file.
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

/** Adds what is found along one file; returns where to go on when the resource came from another file. */
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
  // The commit may lie beyond the end of a shallow clone: then all that is known begins here.
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
    // Too large, or not in a shallow clone: as good as not there.
    return undefined;
  }
}

/** The file of the parent that had the resource, among those that the commit changed or removed. */
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
