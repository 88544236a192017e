import { Ajv, type ValidateFunction } from 'ajv';
import common from '../../../schemas/common.schema.json' with { type: 'json' };
import { perKind, type ResourceKind, resourceKinds } from '../../fleet/resource.ts';
import { manifestKinds } from '../kinds/index.ts';

export const schemas = perKind((kind) => manifestKinds[kind].schema);

/** The compiled schema of a kind. */
export type Validators = (kind: ResourceKind) => ValidateFunction;

let shared: Validators | undefined;

/** Shared by all callers without validators of their own: schemas never change while a process runs. */
export function sharedValidators(): Validators {
  shared ??= compileValidators();
  return shared;
}

/**
 * Each schema is compiled at its first use, which takes some 10 ms; a {@link ManifestCache} keeps the result. Tests ensure that the
 * schemas are valid.
 */
export function compileValidators(): Validators {
  const ajv = new Ajv({
    allErrors: true,
    verbose: true,
    strictTypes: true,
    allowUnionTypes: true,
    validateSchema: false,
    // Optimizing would take a third of the compilation, and V8 removes the same dead code.
    code: { optimize: false },
  });
  ajv.addVocabulary(['patternErrorMessage', 'x-pressluft-level']);
  ajv.addSchema(common, 'common.schema.json');
  for (const kind of resourceKinds) ajv.addSchema(schemas[kind], schemaFile(kind));
  const known = new Map<ResourceKind, ValidateFunction>();
  return (kind) => {
    const validate = known.get(kind) ?? ajv.getSchema(schemaFile(kind));
    if (validate === undefined) throw new TypeError(`no schema of kind ${kind}`);
    known.set(kind, validate);
    return validate;
  };
}

/** Name of the schema of a kind in `schemas/`: `backup-policy.schema.json`. */
export function schemaFile(kind: ResourceKind): string {
  return `${kind.replace(/(?<!^)[A-Z]/g, '-$&').toLowerCase()}.schema.json`;
}
