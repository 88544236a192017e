import type { CommitSha, EnvironmentName } from '../fleet/brand.ts';
import { errors } from '../fleet/error-catalogue.ts';
import { isPressluftError } from '../fleet/errors.ts';
import {
  type Approval,
  type BackupRecord,
  nothingRecorded,
  type RecordedDuration,
  type RecordedFleet,
  type StatusDocument,
} from '../fleet/recorded.ts';
import type { GitReader, TreeFile } from '../ports/git-repository.ts';
import { parseApproval } from './approval-document.ts';
import { parseBackup } from './backup-document.ts';
import { newestOfEach, parseDurations } from './run-durations.ts';
import { parseStatus } from './status/status-document.ts';

/** Parsed records by blob and path, so that only changed files are read again. Contains exactly the records of the last tip. */
export interface StatusCache {
  last: RecordedFleet | null;
  readonly status: Known<StatusDocument>;
  readonly backups: Known<BackupRecord>;
  readonly approvals: Known<Approval>;
  readonly runs: Known<readonly RecordedDuration[]>;
}

/** By path. */
type Known<T> = Map<string, { readonly oid: string; readonly document: T | null }>;

export function createStatusCache(): StatusCache {
  return { last: null, status: new Map(), backups: new Map(), approvals: new Map(), runs: new Map() };
}

export interface LoadRecordedOptions {
  /** Called once for each invalid record, which counts as absent. */
  readonly onUnreadable?: (path: string) => void;
}

const maxDocumentBytes = 512 * 1024;
const maxRuns = 200;

/** All records of the status branch at a commit. */
export async function loadRecorded(
  git: Pick<GitReader, 'list' | 'read' | 'commitInfo'>,
  head: CommitSha | null,
  cache: StatusCache,
  { onUnreadable = () => undefined }: LoadRecordedOptions = {},
): Promise<RecordedFleet> {
  if (head === null) return nothingRecorded;
  if (cache.last?.head === head) return cache.last;
  const read = <T>(files: readonly TreeFile[], known: Known<T>, parse: Parser<T>) =>
    readDocuments(git, files, known, parse, onUnreadable);
  const status = await read(await yamlFiles(git, head, 'status'), cache.status, parseStatus);
  const backups = await read(await yamlFiles(git, head, 'backups'), cache.backups, parseBackup);
  const approvals = await read(await yamlFiles(git, head, 'approvals'), cache.approvals, parseApproval);
  const runs = await read(await newestRuns(git, head), cache.runs, parseDurations);
  cache.last = {
    head,
    status: new Map(status.map((document) => [document.ref, document])),
    backups: byEnvironment(backups),
    approvals,
    durations: newestOfEach(runs.flat()),
  };
  return cache.last;
}

async function yamlFiles(
  git: Pick<GitReader, 'list'>,
  head: CommitSha,
  folder: string,
): Promise<readonly TreeFile[]> {
  const files = await git.list(head, folder);
  return files.filter(({ kind, path }) => kind === 'file' && path.endsWith('.yaml'));
}

/** Runs of the month of the newest commit and of the one before, newest first. */
async function newestRuns(
  git: Pick<GitReader, 'list' | 'commitInfo'>,
  head: CommitSha,
): Promise<readonly TreeFile[]> {
  const month = (await git.commitInfo(head)).committedAt.slice(0, 7);
  const files = [
    ...(await yamlFiles(git, head, `runs/${monthBefore(month)}`)),
    ...(await yamlFiles(git, head, `runs/${month}`)),
  ];
  return files.slice(-maxRuns).reverse();
}

function monthBefore(month: string): string {
  const [year = 0, number = 1] = month.split('-').map(Number);
  const before = number === 1 ? [year - 1, 12] : [year, number - 1];
  return `${before[0]}-${String(before[1]).padStart(2, '0')}`;
}

type Parser<T> = (text: string, path: string) => T | undefined;

/** Number of objects per Git request. */
const readTogether = 256;

/** Reads the next records while the previous ones are parsed. */
async function readDocuments<T>(
  git: Pick<GitReader, 'read'>,
  files: readonly TreeFile[],
  known: Known<T>,
  parse: Parser<T>,
  onUnreadable: (path: string) => void,
): Promise<readonly T[]> {
  const live = new Set(files.map(({ path }) => path));
  for (const path of known.keys()) if (!live.has(path)) known.delete(path);
  const missing = files.filter(({ path, oid }) => known.get(path)?.oid !== oid);
  const read = (from: number) =>
    Promise.all(
      missing.slice(from, from + readTogether).map(async ({ path, oid }) => {
        return { path, oid, text: await readText(git, oid) };
      }),
    );
  let next = read(0);
  for (let from = 0; from < missing.length; from += readTogether) {
    const texts = await next;
    next = read(from + readTogether);
    // Not awaited while the previous records are parsed.
    next.catch(() => {});
    for (const { path, oid, text } of texts) {
      const document = text === null ? null : (parse(text, path) ?? null);
      if (document === null) onUnreadable(path);
      known.set(path, { oid, document });
    }
  }
  return files.flatMap(({ path }) => known.get(path)?.document ?? []);
}

/** Null for a file that is too large for a record: it must not prevent reading the others. */
async function readText(git: Pick<GitReader, 'read'>, oid: string): Promise<string | null> {
  try {
    return new TextDecoder().decode(await git.read(oid, maxDocumentBytes));
  } catch (error) {
    if (isPressluftError(error, errors.cloneIncomplete) && 'sizeBytes' in error.details) return null;
    throw error;
  }
}

function byEnvironment(
  records: readonly BackupRecord[],
): ReadonlyMap<EnvironmentName, readonly BackupRecord[]> {
  const newestFirst = records.toSorted((a, b) =>
    a.takenAt > b.takenAt ? -1 : a.takenAt < b.takenAt ? 1 : 0,
  );
  return Map.groupBy(newestFirst, ({ environment }) => environment);
}
