import type { ResourceKind } from '../../fleet/resource.ts';

/** Kinds that are planned and that this version does not carry out. */
export const futureKinds: readonly string[] = [
  'BackupRepository',
  'BackupPolicy',
  'Backup',
  'Restore',
  'Promotion',
];

const environmentSettings = {
  tls: 'certificates are not supported yet: sites are served over http',
  backups: 'backups are not supported yet',
};

/** Fields that are planned, by kind and path. Saying so is kinder than "unknown field". */
const futureFields: Readonly<Record<ResourceKind, Readonly<Record<string, string>>>> = {
  Pressluft: {
    'spec/maintenanceWindows': 'maintenance windows are not supported yet',
    'spec/allowedSigners': 'checking commit signatures is not supported yet',
    'spec/notifications': 'notifications are not supported yet',
    'spec/secrets': 'encrypted secrets are not supported yet; refer to environment variables or files',
  },
  Provider: {},
  Node: { 'spec/state': 'states of nodes are not supported yet' },
  Site: {
    'spec/defaults/tls': environmentSettings.tls,
    'spec/defaults/backups': environmentSettings.backups,
  },
  BackupRepository: {},
  BackupPolicy: {},
  Backup: {},
  Restore: {},
  Promotion: {},
  Environment: {
    'spec/tls': environmentSettings.tls,
    'spec/backups': environmentSettings.backups,
    'spec/scrub': 'scrub profiles are not supported yet',
    'spec/source':
      'an environment can only be started with a new WordPress; clones and backups are not supported yet',
  },
};

export function futureField(kind: ResourceKind, path: readonly string[]): string | undefined {
  const fields = futureFields[kind];
  const key = path.join('/');
  return Object.hasOwn(fields, key) ? fields[key] : undefined;
}

/** Values that are planned, by the last key of the field. */
export function futureValue(path: readonly string[], value: unknown): string | undefined {
  if (path.at(-1) === 'deletionPolicy' && value === 'backup-then-delete') {
    return 'the policy backup-then-delete is not supported yet, for there are no backups yet: use retain, which keeps the data';
  }
  return undefined;
}
