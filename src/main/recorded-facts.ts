import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { CommitSha } from '../fleet/brand.ts';
import { isPressluftError } from '../fleet/errors.ts';
import type { StatusDocument } from '../fleet/recorded.ts';
import type { KnownFacts } from '../manifest/index.ts';
import type { GitReader } from '../ports/git-repository.ts';
import { factsFromRecords } from '../record/known-facts.ts';
import { parseStatus, statusPath } from '../record/status/status-document.ts';

/** The fleet and status branch of a directory of manifests. */
export interface RecordsOf {
  readonly fleet: string;
  readonly statusBranch: string;
}

const maxDocumentBytes = 512 * 1024;
const maxDocuments = 10_000;

/**
 * The recorded facts for checking a directory, from the fetched status branch of the clone that contains it. Empty without a clone,
 * without that branch, or for the branch of another fleet. Contacts no remote and never fails.
 */
export async function recordedFacts(
  directory: string,
  { fleet, statusBranch }: RecordsOf,
  now: number,
): Promise<KnownFacts> {
  const { openLocalReader } = await import('../adapters/git/local-reader.ts');
  const git = await openLocalReader({ path: directory }).catch(() => null);
  if (git === null) return {};
  try {
    const { status } = await git.tips(statusBranch);
    if (status === null || !(await holdsFleet(git, status, fleet))) return {};
    const folders = ['status/provider', 'status/node', 'status/environment'];
    const found = await Promise.all(folders.map((folder) => documents(git, status, folder)));
    return factsFromRecords(found.flat(), now);
  } catch (error) {
    if (!isPressluftError(error)) throw error;
    return {};
  } finally {
    git.close();
  }
}

/** Cheap, so that checking a directory outside of a clone stays fast. */
export function isInClone(directory: string): boolean {
  for (let folder = directory; ; folder = dirname(folder)) {
    if (existsSync(join(folder, '.git'))) return true;
    if (folder === dirname(folder)) return false;
  }
}

async function holdsFleet(git: Pick<GitReader, 'list'>, head: CommitSha, fleet: string): Promise<boolean> {
  const files = await git.list(head, 'status/pressluft');
  return files.some(({ path }) => path === statusPath(`pressluft/${fleet}`));
}

async function documents(
  git: Pick<GitReader, 'list' | 'read'>,
  head: CommitSha,
  folder: string,
): Promise<readonly StatusDocument[]> {
  const files = (await git.list(head, folder)).filter(({ kind }) => kind === 'file').slice(0, maxDocuments);
  const contents = await Promise.all(files.map(({ oid }) => git.read(oid, maxDocumentBytes)));
  return contents.flatMap((bytes) => parseStatus(new TextDecoder().decode(bytes)) ?? []);
}
