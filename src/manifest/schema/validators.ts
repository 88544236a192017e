import { Ajv, type ValidateFunction } from 'ajv';
import common from '../../../schemas/common.schema.json' with { type: 'json' };
import environment from '../../../schemas/environment.schema.json' with { type: 'json' };
import node from '../../../schemas/node.schema.json' with { type: 'json' };
import pressluft from '../../../schemas/pressluft.schema.json' with { type: 'json' };
import provider from '../../../schemas/provider.schema.json' with { type: 'json' };
import site from '../../../schemas/site.schema.json' with { type: 'json' };
import type { ResourceKind } from '../../fleet/resource.ts';

export const schemas = {
  Pressluft: pressluft,
  Provider: provider,
  Node: node,
  Site: site,
  Environment: environment,
} as const satisfies Record<ResourceKind, object>;

export type Validators = Readonly<Record<ResourceKind, ValidateFunction>>;

/** Compiles the schemas; takes some 50 ms, so keep the result (a {@link ManifestCache} does). */
export function compileValidators(): Validators {
  const ajv = new Ajv({ allErrors: true, verbose: true, strictTypes: true, allowUnionTypes: true });
  ajv.addVocabulary(['patternErrorMessage']);
  ajv.addSchema(common, 'common.schema.json');
  for (const [kind, schema] of Object.entries(schemas)) {
    ajv.addSchema(schema, `${kind.toLowerCase()}.schema.json`);
  }
  const compiled = (kind: ResourceKind) => {
    const validate = ajv.getSchema(`${kind.toLowerCase()}.schema.json`);
    if (validate === undefined) throw new TypeError(`no schema of kind ${kind}`);
    return validate;
  };
  return {
    Pressluft: compiled('Pressluft'),
    Provider: compiled('Provider'),
    Node: compiled('Node'),
    Site: compiled('Site'),
    Environment: compiled('Environment'),
  };
}
