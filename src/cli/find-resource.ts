import type { CommitSha, ResourceRef } from '../fleet/brand.ts';
import { errors } from '../fleet/error-catalogue.ts';
import { PressluftError } from '../fleet/errors.ts';
import { parseResourceRef, type ResourceKind, resourceKinds } from '../fleet/resource.ts';
import { nearest } from '../manifest/index.ts';
import { parseStatus, statusPath } from '../record/status/status-document.ts';
import type { HistoryGit } from './history-manifest.ts';
import type { Current } from './load-current.ts';

export interface FoundResource {
  readonly ref: ResourceRef;
  readonly kind: ResourceKind;
  /** Path of its manifest, or its last path; null if only records exist. */
  readonly file: string | null;
  /** A manifest exists now. */
  readonly described: boolean;
}

/**
 * Finds a resource that has a manifest, a record, or a removed record in the history of the status branch. Throws PL2001 for an invalid
 * address, and PL2004 with the nearest name for an unknown resource.
 */
export async function findResource(
  git: HistoryGit,
  { manifests, recorded }: Current,
  subject: string,
): Promise<FoundResource> {
  const known = new Set<string>([...manifests.resources.map(({ ref }) => ref), ...recorded.status.keys()]);
  const parsed = parseResourceRef(subject.trim());
  if (parsed === undefined) throw noAddress(subject, known);
  const { kind, ref } = parsed;
  const manifest = manifests.resources.find((resource) => resource.ref === ref);
  if (manifest !== undefined) return { ref, kind, file: manifest.file, described: true };
  const file = recorded.status.get(ref)?.sourceFile ?? (await lastKnownFile(git, recorded.head, ref));
  if (file === undefined) throw unknown(subject, known);
  return { ref, kind, file: file === '' ? null : file, described: false };
}

/** The last version of a removed record names the file of the manifest. */
async function lastKnownFile(
  git: HistoryGit,
  head: CommitSha | null,
  ref: ResourceRef,
): Promise<string | undefined> {
  if (head === null) return undefined;
  const path = statusPath(ref);
  const [removal] = await git.log(head, { paths: [path], limit: 1 });
  const parent = removal?.parents[0];
  if (parent === undefined) return undefined;
  const entry = (await git.list(parent, path)).find((file) => file.path === path && file.kind === 'file');
  if (entry === undefined) return undefined;
  return parseStatus(new TextDecoder().decode(await git.read(entry.oid, 256 * 1024)))?.sourceFile;
}

function noAddress(subject: string, known: ReadonlySet<string>): PressluftError {
  const named = [...known].find((ref) => ref.endsWith(`/${subject}`)) ?? nearest(subject, known);
  const kinds = resourceKinds.map((kind) => kind.toLowerCase()).join(', ');
  return new PressluftError(errors.flagInvalid, `${subject.slice(0, 200)} is not a resource`, {
    hint: named === undefined ? `Write kind/name. The kinds are ${kinds}.` : `Did you mean ${named}?`,
  });
}

function unknown(subject: string, known: ReadonlySet<string>): PressluftError {
  const guess = nearest(subject, known);
  return new PressluftError(
    errors.resourceUnknown,
    `${subject.slice(0, 200)} has neither a manifest nor a record`,
    {
      hint: guess === undefined ? '`pressluft status` lists all resources.' : `Did you mean ${guess}?`,
    },
  );
}
