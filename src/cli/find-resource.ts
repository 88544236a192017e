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
  /** Where its manifest is, or was last; null when only records are left of it. */
  readonly file: string | null;
  /** There is a manifest now. */
  readonly described: boolean;
}

/**
 * The resource that a person means: one with a manifest, with a record, or one that the history of the records knows. Throws PL2001
 * for what is no address, PL2004 with the nearest name for what nobody knows.
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

/** A record that was removed says in its last version where the manifest was. */
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
  return new PressluftError(errors.flagInvalid, `${subject.slice(0, 200)} is no resource`, {
    hint: named === undefined ? `Write kind/name; kinds are ${kinds}.` : `Did you mean ${named}?`,
  });
}

function unknown(subject: string, known: ReadonlySet<string>): PressluftError {
  const guess = nearest(subject, known);
  return new PressluftError(errors.resourceUnknown, `nothing is known of ${subject.slice(0, 200)}`, {
    hint: guess === undefined ? '`pressluft status` shows what is known.' : `Did you mean ${guess}?`,
  });
}
