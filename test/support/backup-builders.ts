import type {
  BackupScope,
  DesiredBackup,
  DesiredBackupPolicy,
  DesiredBackupRepository,
  DesiredPromotion,
  DesiredRestore,
  RestoreSource,
} from '../../src/fleet/backups.ts';
import type {
  BackupName,
  BackupPolicyName,
  BackupRepositoryName,
  EnvironmentName,
  PromotionName,
  RestoreName,
} from '../../src/fleet/brand.ts';
import { sha256Hex } from '../../src/fleet/digest.ts';
import { uidOf } from '../../src/fleet/naming.ts';
import type { BackupRecord, RecordedFleet } from '../../src/fleet/recorded.ts';
import { resourceRef } from '../../src/fleet/resource.ts';
import { commitSha, environmentRef, testAt, testFleet } from './fleet-builders.ts';

/** Builders of a backup repository, its policy, requests and records for tests. */
export function backupRepository(name = 'vault'): DesiredBackupRepository {
  return {
    name: name as BackupRepositoryName,
    ref: resourceRef('BackupRepository', name as BackupRepositoryName),
    target: { kind: 'local', path: '/srv/backups' },
    password: { kind: 'env', name: 'BACKUP_PASSWORD' },
  };
}

export function backupPolicy(
  name = 'nightly',
  overrides: Partial<DesiredBackupPolicy> = {},
): DesiredBackupPolicy {
  return {
    name: name as BackupPolicyName,
    ref: resourceRef('BackupPolicy', name as BackupPolicyName),
    repository: 'vault' as BackupRepositoryName,
    schedule: { cron: '0 3 * * *', timezone: 'Europe/Berlin' },
    scope: 'full',
    retention: { last: 3, daily: 7, weekly: 4, monthly: 6, yearly: 0 },
    verification: null,
    ...overrides,
  };
}

export function backupRequest(name: string, environment: string): DesiredBackup {
  const ref = resourceRef('Backup', name as BackupName);
  return {
    name: name as BackupName,
    ref,
    uid: uidOf(testFleet, ref),
    environment: environment as EnvironmentName,
    scope: 'full',
  };
}

export function restoreRequest(
  name: string,
  environment: string,
  source: RestoreSource,
  scope: BackupScope = 'full',
): DesiredRestore {
  const ref = resourceRef('Restore', name as RestoreName);
  return {
    name: name as RestoreName,
    ref,
    uid: uidOf(testFleet, ref),
    environment: environment as EnvironmentName,
    source,
    scope,
  };
}

export function promotionRequest(name: string, from: string, to: string): DesiredPromotion {
  const ref = resourceRef('Promotion', name as PromotionName);
  return {
    name: name as PromotionName,
    ref,
    uid: uidOf(testFleet, ref),
    from: from as EnvironmentName,
    to: to as EnvironmentName,
    parts: ['core', 'plugins', 'themes'],
  };
}

/** A verified full backup of an environment, taken at `testAt`. */
export function backupRecord(environment: string, overrides: Partial<BackupRecord> = {}): BackupRecord {
  return {
    id: `${environment}-1`,
    environment: environment as EnvironmentName,
    uid: uidOf(testFleet, environmentRef(environment)),
    reason: 'scheduled',
    scope: 'full',
    takenAt: testAt,
    commit: commitSha('commit 0'),
    appliedDigest: null,
    repository: 'vault',
    snapshot: sha256Hex(environment),
    sizeBytes: 1_000_000,
    durationMs: 12_000,
    versions: { wordpress: '7.1.1', php: '8.2' },
    verifiedAt: testAt,
    ...overrides,
  };
}

/** Backups by environment, newest first. */
export function recordedBackups(...records: readonly BackupRecord[]): RecordedFleet['backups'] {
  return Map.groupBy(
    [...records].sort((a, b) => (a.takenAt < b.takenAt ? 1 : -1)),
    (record) => record.environment,
  );
}
