import schema from '../../../../schemas/backup-repository.schema.json' with { type: 'json' };
import type { BackupTarget, DesiredBackupRepository } from '../../../fleet/backups.ts';
import type { BackupRepositoryName } from '../../../fleet/brand.ts';
import type { Json } from '../../../fleet/digest.ts';
import type { ParsedDocument } from '../../parsed-file.ts';
import { stringAt } from '../../plain.ts';
import { secretRef } from '../../resolve/secret-ref.ts';
import { metadataOf, specOf } from '../../resolve/spec-of.ts';
import { systemDefaults } from '../../resolve/system-defaults.ts';
import type { SecretSpec } from '../common-spec.ts';
import type { ManifestKind } from '../manifest-kind.ts';

export const backupRepository: ManifestKind = {
  schema,
  distinctiveField: 'password',
  references: [],
  secrets: [
    { path: ['password'] },
    { path: ['s3', 'accessKeyId'], sentTo: endpointOf },
    { path: ['s3', 'secretAccessKey'], sentTo: endpointOf },
  ],
  documentChecks: [],
  fleetChecks: [],
  resolution: { collection: 'backupRepositories', resolve },
};

function endpointOf(value: Json): string | undefined {
  return stringAt(value, 'spec', 's3', 'endpoint');
}

interface BackupRepositorySpec {
  /** Exactly one of them. */
  readonly local?: { readonly path: string };
  readonly sftp?: {
    readonly host: string;
    readonly port?: number;
    readonly user: string;
    readonly path: string;
    readonly hostKey: string;
  };
  readonly s3?: {
    readonly endpoint: string;
    readonly bucket: string;
    readonly prefix?: string;
    readonly region?: string;
    readonly accessKeyId: SecretSpec;
    readonly secretAccessKey: SecretSpec;
  };
  readonly password: SecretSpec;
}

function resolve(document: ParsedDocument): DesiredBackupRepository {
  const spec = specOf<BackupRepositorySpec>('BackupRepository', document);
  return {
    name: metadataOf(document).name as BackupRepositoryName,
    ref: document.ref,
    target: resolveTarget(spec),
    password: secretRef(spec.password),
  };
}

/** The schema ensures that exactly one of them is given. */
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
