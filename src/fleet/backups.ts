import type {
  BackupName,
  BackupPolicyName,
  BackupRepositoryName,
  EnvironmentName,
  PromotionName,
  ResourceRef,
  RestoreName,
  Uid,
} from './brand.ts';
import type { Schedule } from './schedule.ts';
import type { SecretRef } from './secret-ref.ts';

/** Target of restic backups: each environment has its own repository below it. */
export type BackupTarget =
  | { readonly kind: 'local'; readonly path: string }
  | {
      readonly kind: 'sftp';
      readonly host: string;
      readonly port: number;
      readonly user: string;
      readonly path: string;
      /** Pinned host key in known_hosts form without the host. */
      readonly hostKey: string;
    }
  | {
      readonly kind: 's3';
      /** Base URL of the service, without the bucket. */
      readonly endpoint: string;
      readonly bucket: string;
      readonly prefix: string;
      readonly region: string | null;
      readonly accessKeyId: SecretRef;
      readonly secretAccessKey: SecretRef;
    };

export interface DesiredBackupRepository {
  readonly name: BackupRepositoryName;
  readonly ref: ResourceRef;
  readonly target: BackupTarget;
  readonly password: SecretRef;
}

export type BackupScope = 'database' | 'files' | 'full';

/** Number of backups of each kind to keep; 0 keeps none of that kind. */
export interface Retention {
  readonly last: number;
  readonly daily: number;
  readonly weekly: number;
  readonly monthly: number;
  readonly yearly: number;
}

export interface DesiredBackupPolicy {
  readonly name: BackupPolicyName;
  readonly ref: ResourceRef;
  readonly repository: BackupRepositoryName;
  readonly schedule: Schedule;
  readonly scope: BackupScope;
  readonly retention: Retention;
  /** When a backup is restored into scratch and checked; null for never. */
  readonly verification: Schedule | null;
}

/** A backup that a manifest requests by name: done once and never repeated. */
export interface DesiredBackup {
  readonly name: BackupName;
  readonly ref: ResourceRef;
  readonly uid: Uid;
  readonly environment: EnvironmentName;
  readonly scope: BackupScope;
}

export type RestoreSource =
  | { readonly kind: 'record'; readonly id: string }
  /** The newest backup taken at or before this time, in ms since the epoch. */
  | { readonly kind: 'time'; readonly at: number };

export interface DesiredRestore {
  readonly name: RestoreName;
  readonly ref: ResourceRef;
  readonly uid: Uid;
  readonly environment: EnvironmentName;
  readonly source: RestoreSource;
  readonly scope: BackupScope;
}

/** Parts that a promotion moves; tables with orders, customers and users are never included. */
export type PromotedPart = 'core' | 'plugins' | 'themes' | 'uploads';

export interface DesiredPromotion {
  readonly name: PromotionName;
  readonly ref: ResourceRef;
  readonly uid: Uid;
  readonly from: EnvironmentName;
  readonly to: EnvironmentName;
  readonly parts: readonly PromotedPart[];
}
