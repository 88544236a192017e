import type { BackupScope, DesiredBackupRepository, RestoreSource } from '../fleet/backups.ts';
import type { DesiredEnvironment } from '../fleet/desired.ts';
import { epochMsOf } from '../fleet/instant.ts';
import type { BackupRecord } from '../fleet/recorded.ts';
import type { FleetView } from './fleet-view.ts';
import type { PlanInput } from './plan-input.ts';

type Owner = Pick<DesiredEnvironment, 'name' | 'uid'>;

/** Recorded backups of exactly this environment, newest first. */
export function backupsOf({ recorded }: PlanInput, { name, uid }: Owner): readonly BackupRecord[] {
  const own = (recorded.backups.get(name) ?? []).filter((record) => record.uid === uid);
  return own.sort((a, b) => timeOf(b) - timeOf(a) || (a.id < b.id ? -1 : 1));
}

/** The newest full backup of an environment. A verified one is preferred to a newer unverified one. */
export function bestFullBackup(input: PlanInput, owner: Owner): BackupRecord | undefined {
  return provenFirst(backupsOf(input, owner).filter(({ scope }) => scope === 'full'));
}

export type FoundBackup =
  | { readonly kind: 'found'; readonly record: BackupRecord; readonly newer: BackupRecord | null }
  | { readonly kind: 'unknown'; readonly message: string };

/** The backup that a restore names: by its id, or the newest at or before a time, verified ones first. */
export function findBackup(
  view: FleetView,
  owner: Owner,
  source: RestoreSource,
  scope: BackupScope,
): FoundBackup {
  const own = backupsOf(view, owner);
  const covering = own.filter((record) => record.scope === 'full' || record.scope === scope);
  if (source.kind === 'record') {
    const record = own.find(({ id }) => id === source.id);
    if (record === undefined) return unknown(view, owner, source.id);
    if (covering.includes(record)) return { kind: 'found', record, newer: null };
    return {
      kind: 'unknown',
      message: `backup ${source.id} holds ${scopeWords[record.scope]} only; asked for: ${scopeWords[scope]}`,
    };
  }
  if (source.at > view.now) {
    return { kind: 'unknown', message: 'the time to restore is in the future' };
  }
  const before = covering.filter((record) => timeOf(record) <= source.at);
  const record = provenFirst(before);
  if (record === undefined) {
    return {
      kind: 'unknown',
      message: `no backup with ${scopeWords[scope]} of ${owner.name} was recorded by then`,
    };
  }
  const newest = before[0] ?? record;
  return { kind: 'found', record, newer: newest === record ? null : newest };
}

function unknown(view: FleetView, { name }: Owner, id: string): FoundBackup {
  const other = view.backupById(id)?.environment;
  const message =
    other === undefined || other === name
      ? `no backup ${id} of ${name} is recorded`
      : `backup ${id} is of ${other}, not of ${name}`;
  return { kind: 'unknown', message };
}

/** Contents of a backup, in words. */
export const scopeWords: Readonly<Record<BackupScope, string>> = {
  database: 'the database',
  files: 'the files',
  full: 'database and files',
};

/** Repository for the backups of an environment; undefined when its manifests name none. */
export function repositoryOf(
  { desired }: PlanInput,
  environment: Pick<DesiredEnvironment, 'backups'>,
): DesiredBackupRepository | undefined {
  const { policy } = environment.backups;
  const found = policy === null ? undefined : desired.backupPolicies.get(policy);
  return found === undefined ? undefined : desired.backupRepositories.get(found.repository);
}

function provenFirst(newestFirst: readonly BackupRecord[]): BackupRecord | undefined {
  return newestFirst.find((record) => record.verifiedAt !== null) ?? newestFirst[0];
}

function timeOf({ takenAt }: BackupRecord): number {
  return epochMsOf(takenAt) ?? Number.NEGATIVE_INFINITY;
}
