import type { CommitSha } from '../fleet/brand.ts';
import { nothingRecorded, type RecordedFleet, type StatusDocument } from '../fleet/recorded.ts';
import type { GitReader } from '../ports/git-repository.ts';
import { parseStatus } from './status-yaml.ts';

/** Parsed documents by blob; status documents are small, and only changed ones are read again. */
export type StatusCache = Map<string, StatusDocument | null>;

const maxStatusBytes = 256 * 1024;

export async function loadRecorded(
  git: Pick<GitReader, 'list' | 'read'>,
  head: CommitSha | null,
  cache: StatusCache,
): Promise<RecordedFleet> {
  if (head === null) return nothingRecorded;
  const files = (await git.list(head, 'status')).filter(
    (file) => file.kind === 'file' && file.path.endsWith('.yaml'),
  );
  const live = new Set(files.map((file) => file.oid));
  for (const oid of cache.keys()) if (!live.has(oid)) cache.delete(oid);
  for (const { oid } of files) {
    if (cache.has(oid)) continue;
    cache.set(oid, parseStatus(new TextDecoder().decode(await git.read(oid, maxStatusBytes))) ?? null);
  }
  const documents = files.flatMap((file) => cache.get(file.oid) ?? []);
  return { ...nothingRecorded, head, status: new Map(documents.map((document) => [document.ref, document])) };
}
