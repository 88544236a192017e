import type { ResourceKind } from '../../fleet/resource.ts';
import { backup } from './backup/kind.ts';
import { backupPolicy } from './backup-policy/kind.ts';
import { backupRepository } from './backup-repository/kind.ts';
import { environment } from './environment/kind.ts';
import type { ManifestKind } from './manifest-kind.ts';
import { node } from './node/kind.ts';
import { pressluft } from './pressluft/kind.ts';
import { promotion } from './promotion/kind.ts';
import { provider } from './provider/kind.ts';
import { restore } from './restore/kind.ts';
import { site } from './site/kind.ts';

/** Every kind of manifest; targets of references come first. */
export const manifestKinds: Readonly<Record<ResourceKind, ManifestKind>> = {
  Pressluft: pressluft,
  Provider: provider,
  Node: node,
  BackupRepository: backupRepository,
  BackupPolicy: backupPolicy,
  Site: site,
  Environment: environment,
  Backup: backup,
  Restore: restore,
  Promotion: promotion,
};
