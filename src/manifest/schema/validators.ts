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

let shared: Validators | undefined;

/** Of all who do not bring their own: schemas never change while a process runs, so what was compiled of them serves everybody. */
export function sharedValidators(): Validators {
  shared ??= compileValidators();
  return shared;
}

/**
 * Each schema is compiled when it is first asked for, which takes some 10 ms and is kept with the result (a {@link ManifestCache}
 * keeps that). That they are valid schemas is a matter of tests.
 */
export function compileValidators(): Validators {
  const ajv = new Ajv({
    allErrors: true,
    verbose: true,
    strictTypes: true,
    allowUnionTypes: true,
    validateSchema: false,
    // Takes a third of the compilation, and V8 drops the same dead code.
    code: { optimize: false },
  });
  ajv.addVocabulary(['patternErrorMessage']);
  ajv.addSchema(common, 'common.schema.json');
  for (const [kind, schema] of Object.entries(schemas)) {
    ajv.addSchema(schema, schemaFile(kind as ResourceKind));
  }
  const known = new Map<ResourceKind, ValidateFunction>();
  const compiled = (kind: ResourceKind) => {
    const validate = known.get(kind) ?? ajv.getSchema(schemaFile(kind));
    if (validate === undefined) throw new TypeError(`no schema of kind ${kind}`);
    known.set(kind, validate);
    return validate;
  };
  return {
    get Pressluft() {
      return compiled('Pressluft');
    },
    get Provider() {
      return compiled('Provider');
    },
    get Node() {
      return compiled('Node');
    },
    get Site() {
      return compiled('Site');
    },
    get Environment() {
      return compiled('Environment');
    },
    get BackupRepository() {
      return compiled('BackupRepository');
    },
    get BackupPolicy() {
      return compiled('BackupPolicy');
    },
    get Backup() {
      return compiled('Backup');
    },
    get Restore() {
      return compiled('Restore');
    },
    get Promotion() {
      return compiled('Promotion');
    },
  };
}

/** Name of the schema of a kind in `schemas/`: `backup-policy.schema.json`. */
export function schemaFile(kind: ResourceKind): string {
  return `${kind.replace(/(?<!^)[A-Z]/g, '-$&').toLowerCase()}.schema.json`;
}
