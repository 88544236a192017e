import { Ajv, type ValidateFunction } from 'ajv';
import backup from '../../../schemas/backup.schema.json' with { type: 'json' };
import backupPolicy from '../../../schemas/backup-policy.schema.json' with { type: 'json' };
import backupRepository from '../../../schemas/backup-repository.schema.json' with { type: 'json' };
import common from '../../../schemas/common.schema.json' with { type: 'json' };
import environment from '../../../schemas/environment.schema.json' with { type: 'json' };
import node from '../../../schemas/node.schema.json' with { type: 'json' };
import pressluft from '../../../schemas/pressluft.schema.json' with { type: 'json' };
import promotion from '../../../schemas/promotion.schema.json' with { type: 'json' };
import provider from '../../../schemas/provider.schema.json' with { type: 'json' };
import restore from '../../../schemas/restore.schema.json' with { type: 'json' };
import site from '../../../schemas/site.schema.json' with { type: 'json' };
import type { ResourceKind } from '../../fleet/resource.ts';

export const schemas = {
  Pressluft: pressluft,
  Provider: provider,
  Node: node,
  Site: site,
  Environment: environment,
  BackupRepository: backupRepository,
  BackupPolicy: backupPolicy,
  Backup: backup,
  Restore: restore,
  Promotion: promotion,
} as const satisfies Record<ResourceKind, object>;

export type Validators = Readonly<Record<ResourceKind, ValidateFunction>>;

/** Compiles the schemas; takes some 50 ms, so keep the result (a {@link ManifestCache} does). */
export function compileValidators(): Validators {
  const ajv = new Ajv({ allErrors: true, verbose: true, strictTypes: true, allowUnionTypes: true });
  ajv.addVocabulary(['patternErrorMessage']);
  ajv.addSchema(common, 'common.schema.json');
  for (const [kind, schema] of Object.entries(schemas)) {
    ajv.addSchema(schema, schemaFile(kind as ResourceKind));
  }
  const compiled = (kind: ResourceKind) => {
    const validate = ajv.getSchema(schemaFile(kind));
    if (validate === undefined) throw new TypeError(`no schema of kind ${kind}`);
    return validate;
  };
  return {
    Pressluft: compiled('Pressluft'),
    Provider: compiled('Provider'),
    Node: compiled('Node'),
    Site: compiled('Site'),
    Environment: compiled('Environment'),
    BackupRepository: compiled('BackupRepository'),
    BackupPolicy: compiled('BackupPolicy'),
    Backup: compiled('Backup'),
    Restore: compiled('Restore'),
    Promotion: compiled('Promotion'),
  };
}

/** Name of the schema of a kind in `schemas/`: `backup-policy.schema.json`. */
export function schemaFile(kind: ResourceKind): string {
  return `${kind.replace(/(?<!^)[A-Z]/g, '-$&').toLowerCase()}.schema.json`;
}
