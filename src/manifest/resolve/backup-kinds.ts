import type {
  BackupTarget,
  DesiredBackup,
  DesiredBackupPolicy,
  DesiredBackupRepository,
  DesiredPromotion,
  DesiredRestore,
  RestoreSource,
  Retention,
} from '../../fleet/backups.ts';
import type {
  BackupName,
  BackupPolicyName,
  BackupRepositoryName,
  EnvironmentName,
  PromotionName,
  RestoreName,
} from '../../fleet/brand.ts';
import { uidOf } from '../../fleet/naming.ts';
import type { Schedule } from '../../fleet/schedule.ts';
import type { BackupPolicySpec, BackupRepositorySpec, RestoreSpec, ScheduleSpec } from '../documents.ts';
import type { ParsedDocument } from '../parse-file.ts';
import { instantMs } from './local-time.ts';
import { secretRef } from './secret-ref.ts';
import { metadataOf, specOf } from './spec-of.ts';
import { systemDefaults } from './system-defaults.ts';

export function resolveBackupRepository(document: ParsedDocument): DesiredBackupRepository {
  const spec = specOf('BackupRepository', document);
  return {
    name: metadataOf(document).name as BackupRepositoryName,
    ref: document.ref,
    target: resolveTarget(spec),
    password: secretRef(spec.password),
  };
}

/** The schema has seen to it that exactly one of them is given. */
function resolveTarget({ local, sftp, s3 }: BackupRepositorySpec): BackupTarget {
  if (sftp !== undefined) return { kind: 'sftp', ...sftp, port: sftp.port ?? systemDefaults.sftpPort };
  if (s3 === undefined) return { kind: 'local', path: local?.path ?? '' };
  return {
    kind: 's3',
    endpoint: s3.endpoint.replace(/\/+$/, ''),
    bucket: s3.bucket,
    prefix: s3.prefix ?? '',
    region: s3.region ?? null,
    accessKeyId: secretRef(s3.accessKeyId),
    secretAccessKey: secretRef(s3.secretAccessKey),
  };
}

export function resolveBackupPolicy(document: ParsedDocument): DesiredBackupPolicy {
  const spec = specOf('BackupPolicy', document);
  return {
    name: metadataOf(document).name as BackupPolicyName,
    ref: document.ref,
    repository: spec.repository as BackupRepositoryName,
    schedule: resolveSchedule(spec.schedule),
    scope: spec.scope ?? systemDefaults.backupScope,
    retention: resolveRetention(spec),
    verification: resolveVerification(spec),
  };
}

function resolveSchedule({ cron, timezone }: ScheduleSpec): Schedule {
  return { cron, timezone: timezone ?? systemDefaults.timezone };
}

/** Rules beside those that were chosen would keep what nobody asked for. */
export function resolveRetention({ retention }: Pick<BackupPolicySpec, 'retention'>): Retention {
  if (retention === undefined) return systemDefaults.retention;
  return { last: 0, daily: 0, weekly: 0, monthly: 0, yearly: 0, ...retention };
}

/** When backups of a policy are proven; null for never. */
export function resolveVerification({ verification, schedule }: BackupPolicySpec): Schedule | null {
  if (verification === false) return null;
  const { timezone } = resolveSchedule(schedule);
  if (verification === undefined) return { cron: systemDefaults.verification, timezone };
  return { cron: verification.cron, timezone: verification.timezone ?? timezone };
}

export function resolveBackup(document: ParsedDocument, fleet: string): DesiredBackup {
  const spec = specOf('Backup', document);
  return {
    name: metadataOf(document).name as BackupName,
    ref: document.ref,
    uid: uidOf(fleet, document.ref),
    environment: spec.environment as EnvironmentName,
    scope: spec.scope ?? systemDefaults.backupScope,
  };
}

export function resolveRestore(document: ParsedDocument, fleet: string): DesiredRestore {
  const spec = specOf('Restore', document);
  return {
    name: metadataOf(document).name as RestoreName,
    ref: document.ref,
    uid: uidOf(fleet, document.ref),
    environment: spec.environment as EnvironmentName,
    source: restoreSource(spec),
    scope: spec.scope ?? systemDefaults.backupScope,
  };
}

function restoreSource({ from }: RestoreSpec): RestoreSource {
  if (from.backup !== undefined) return { kind: 'record', id: from.backup };
  return { kind: 'time', at: instantMs(from.time ?? '') ?? 0 };
}

export function resolvePromotion(document: ParsedDocument, fleet: string): DesiredPromotion {
  const spec = specOf('Promotion', document);
  return {
    name: metadataOf(document).name as PromotionName,
    ref: document.ref,
    uid: uidOf(fleet, document.ref),
    from: spec.from as EnvironmentName,
    to: spec.to as EnvironmentName,
    parts: spec.parts ?? systemDefaults.promotedParts,
  };
}
