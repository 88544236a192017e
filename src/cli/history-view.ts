import type { FieldChange } from '../fleet/plan.ts';
import type { Reason } from '../fleet/reasons.ts';
import type { Approval, BackupRecord } from '../fleet/recorded.ts';
import { shortDigest } from '../record/approval-document.ts';
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
      /** The described resource, which can be the site of an environment. */
      readonly resource: string;
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
      /** Why its actions were planned; null in runs of earlier versions. */
      readonly reason: Reason | null;
      /** Differences that the actions removed, of a drift as well; empty in runs of earlier versions. */
      readonly changes: readonly FieldChange[];
    })
  | (EntryBase & {
      readonly kind: 'approval';
      /** Digest of the approved plan. */
      readonly plan: string;
      readonly by: string;
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
  /** Changes of a resource that this one is part of: the site of an environment. */
  readonly inherited?: { readonly resource: string; readonly changes: readonly ManifestChange[] };
  readonly approvals: readonly Approval[];
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
    ...sources.approvals.map(fromApproval),
    ...sources.changes.map((change) => fromChange(change, sources.resource)),
    ...(sources.inherited?.changes ?? []).map((change) =>
      fromChange(change, sources.inherited?.resource ?? '', true),
    ),
  ].sort((a, b) => Date.parse(b.at) - Date.parse(a.at));
  return {
    format: 'pressluft-history',
    version: 1,
    resource: sources.resource,
    entries: entries.slice(0, sources.limit),
  };
}

function fromChange(
  { commit, kind, file, fields }: ManifestChange,
  resource: string,
  isInherited = false,
): HistoryEntry {
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
    summary: `${isInherited ? `${resource}: ` : ''}${what}${named.length === 0 ? '' : ` ${named.slice(0, 3).join(', ')}${more}`}: ${subject}`,
    commit: commit.sha,
    author: commit.author,
    subject,
    resource,
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
  const reason = results.find((result) => result.reason !== null)?.reason ?? null;
  const changes = results.flatMap((result) => result.changes);
  return {
    kind: 'run',
    at: run.endedAt,
    summary: `${actions} ${outcome}${reason === 'Drifted' ? `, drifted: ${driftText(changes)}` : ''}${errorText(failed)}`,
    run: run.id,
    revision: run.revision,
    outcome,
    code: failed?.error?.code ?? null,
    reason,
    changes,
  };
}

function driftText(changes: readonly FieldChange[]): string {
  const shown = changes.slice(0, 3).map(({ field, before, after }) => {
    const [from, to] = [before, after].map((value) => JSON.stringify(value) ?? 'null');
    return `${field} ${from} → ${to}`;
  });
  return `${shown.join(', ')}${changes.length > 3 ? ` and ${changes.length - 3} more` : ''}`;
}

function fromApproval({ plan, by, at }: Approval): HistoryEntry {
  return { kind: 'approval', at, summary: `approved in plan ${shortDigest(plan)}`, plan, by };
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
