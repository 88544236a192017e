import type { BackupScope, DesiredBackupRepository, RestoreSource } from '../fleet/backups.ts';
import type { DesiredEnvironment } from '../fleet/desired.ts';
import { epochMsOf } from '../fleet/instant.ts';
import type { BackupRecord } from '../fleet/recorded.ts';
import type { PlanInput } from './plan-input.ts';

type Owner = Pick<DesiredEnvironment, 'name' | 'uid'>;

/** Recorded backups of exactly this environment, newest first. */
export function backupsOf({ recorded }: PlanInput, { name, uid }: Owner): readonly BackupRecord[] {
  const own = (recorded.backups.get(name) ?? []).filter((record) => record.uid === uid);
  return own.sort((a, b) => timeOf(b) - timeOf(a) || (a.id < b.id ? -1 : 1));
}

/** The newest backup with everything of an environment. A proven one counts more than a newer one that is not. */
export function bestFullBackup(input: PlanInput, owner: Owner): BackupRecord | undefined {
  return provenFirst(backupsOf(input, owner).filter(({ scope }) => scope === 'full'));
}

export type FoundBackup =
  | { readonly kind: 'found'; readonly record: BackupRecord; readonly newer: BackupRecord | null }
  | { readonly kind: 'unknown'; readonly message: string };

/** The backup that a restore asks for: by its id, or the newest one at or before a time, a proven one first. */
export function findBackup(
  input: PlanInput,
  owner: Owner,
  source: RestoreSource,
  scope: BackupScope,
): FoundBackup {
  const own = backupsOf(input, owner);
  const covering = own.filter((record) => record.scope === 'full' || record.scope === scope);
  if (source.kind === 'record') {
    const record = own.find(({ id }) => id === source.id);
    if (record === undefined) return unknown(input, owner, source.id);
    if (covering.includes(record)) return { kind: 'found', record, newer: null };
    return {
      kind: 'unknown',
      message: `backup ${source.id} holds ${record.scope} only, and ${scope} is asked for`,
    };
  }
  const before = covering.filter((record) => timeOf(record) <= source.at);
  const record = provenFirst(before);
  if (record === undefined) {
    return { kind: 'unknown', message: `no backup of ${owner.name} with ${scope} was recorded by then` };
  }
  const newest = before[0] ?? record;
  return { kind: 'found', record, newer: newest === record ? null : newest };
}

function unknown({ recorded }: PlanInput, { name }: Owner, id: string): FoundBackup {
  const [other] = [...recorded.backups].filter(([, records]) => records.some((record) => record.id === id));
  const message =
    other === undefined || other[0] === name
      ? `no backup ${id} of ${name} is recorded`
      : `backup ${id} is of ${other[0]}, not of ${name}`;
  return { kind: 'unknown', message };
}

/** A backup by its id, of any environment. */
export function backupById({ recorded }: PlanInput, id: string): BackupRecord | undefined {
  for (const records of recorded.backups.values()) {
    const record = records.find((candidate) => candidate.id === id);
    if (record !== undefined) return record;
  }
  return undefined;
}

/** Where backups of an environment go; undefined when its manifests do not say. */
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
