import type { Reason } from '../fleet/reasons.ts';
import type { BackupRecord } from '../fleet/recorded.ts';
import type { RecordedResult, RecordedRun } from '../record/read-run.ts';
import type { ManifestChange } from './history-manifest.ts';
import type { Transition } from './history-records.ts';

interface EntryBase {
  /** RFC 3339, UTC. */
  readonly at: string;
  /** One line of text. */
  readonly summary: string;
}

export type HistoryEntry =
  | (EntryBase & {
      readonly kind: 'manifest';
      readonly commit: string;
      readonly author: string;
      readonly subject: string;
      readonly file: string;
      readonly fields: readonly {
        readonly field: string;
        readonly before: unknown;
        readonly after: unknown;
      }[];
    })
  | (EntryBase & {
      readonly kind: 'transition';
      readonly commit: string;
      /** Null if the record was removed. */
      readonly ready: boolean | null;
      readonly reason: Reason | null;
    })
  | (EntryBase & {
      readonly kind: 'run';
      readonly run: string;
      readonly revision: string;
      readonly outcome: string;
      readonly code: string | null;
    })
  | (EntryBase & { readonly kind: 'backup'; readonly id: string; readonly verified: boolean });

export interface HistoryView {
  readonly format: 'pressluft-history';
  readonly version: 1;
  readonly resource: string;
  /** Newest first. */
  readonly entries: readonly HistoryEntry[];
}

export interface HistorySources {
  readonly resource: string;
  readonly changes: readonly ManifestChange[];
  readonly transitions: readonly Transition[];
  readonly runs: readonly RecordedRun[];
  readonly backups: readonly BackupRecord[];
  readonly limit: number;
}

/** The history of a resource, newest first. Of entries with the same time, the cause is below its effect. Pure. */
export function historyView(sources: HistorySources): HistoryView {
  const entries = [
    ...sources.transitions.map(fromTransition),
    ...sources.runs.map((run) => fromRun(run, sources.resource)),
    ...sources.backups.map(fromBackup),
    ...sources.changes.map(fromChange),
  ].sort((a, b) => Date.parse(b.at) - Date.parse(a.at));
  return {
    format: 'pressluft-history',
    version: 1,
    resource: sources.resource,
    entries: entries.slice(0, sources.limit),
  };
}

function fromChange({ commit, kind, file, fields }: ManifestChange): HistoryEntry {
  const subject = commit.message.split('\n')[0] ?? '';
  const named = fields.map(({ field }) => field.replace(/^spec\./, ''));
  const more = named.length > 3 ? ` and ${named.length - 3} more` : '';
  const what = {
    added: 'added',
    removed: 'removed',
    moved: `moved to ${file}${named.length === 0 ? '' : ', changed'}`,
    changed: 'changed',
  }[kind];
  return {
    kind: 'manifest',
    at: commit.committedAt,
    summary: `${what}${named.length === 0 ? '' : ` ${named.slice(0, 3).join(', ')}${more}`}: ${subject}`,
    commit: commit.sha,
    author: commit.author,
    subject,
    file,
    fields: fields.map(({ field, before, after }) => ({ field, before, after })),
  };
}

function fromTransition({ commit, ready, applied }: Transition): HistoryEntry {
  const state = ready === null ? 'record removed' : ready.status === 'True' ? 'ready' : 'not ready';
  const reason = ready === null ? '' : ` (${ready.reason})`;
  const revision = applied === null ? '' : `, applied ${applied.slice(0, 7)}`;
  const why = ready === null || ready.status === 'True' ? '' : `: ${ready.message.split('\n')[0] ?? ''}`;
  return {
    kind: 'transition',
    at: commit.committedAt,
    summary: `${state}${reason}${revision}${why}`,
    commit: commit.sha,
    ready: ready === null ? null : ready.status === 'True',
    reason: ready?.reason ?? null,
  };
}

function fromRun(run: RecordedRun, resource: string): HistoryEntry {
  const results = run.results.filter((result) => result.resource === resource);
  const failed = results.find(({ outcome }) => outcome === 'failed');
  const outcome = failed?.outcome ?? results.at(-1)?.outcome ?? (run.interrupted ? 'interrupted' : 'nothing');
  const actions = results.map(({ kind }) => kind).join(', ');
  return {
    kind: 'run',
    at: run.endedAt,
    summary: `${actions} ${outcome}${errorText(failed)}`,
    run: run.id,
    revision: run.revision,
    outcome,
    code: failed?.error?.code ?? null,
  };
}

function errorText(failed: RecordedResult | undefined): string {
  const error = failed?.error;
  return error == null ? '' : `: ${error.code} ${error.message.split('\n')[0] ?? ''}`;
}

function fromBackup(backup: BackupRecord): HistoryEntry {
  const verified = backup.verifiedAt !== null;
  const size = `${(backup.sizeBytes / 1_048_576).toFixed(1)} MiB`;
  return {
    kind: 'backup',
    at: backup.takenAt,
    summary: `${backup.reason} of ${backup.scope}, ${size}, ${verified ? 'verified' : 'not verified'}`,
    id: backup.id,
    verified,
  };
}
