import { readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { expect } from 'vitest';

/** The provider's OpenAPI document is not part of this project; a variable gives its path. `scripts/run-tests.ts` lists the tests that are skipped without it. */
export const openApiFile = process.env.PRESSLUFT_TEST_OPENAPI ?? '';

interface Spec {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: object;
}
interface Operation {
  readonly responses: Readonly<Record<string, { content?: { 'application/json'?: { schema: object } } }>>;
}

export interface CloudOpenApi {
  /** Expects a status that is documented for the operation, and a body that matches its schema. */
  expectValid(
    method: string,
    template: string,
    reply: { readonly status: number; readonly body: unknown },
  ): void;
}

/** Fails if the document cannot be read: a wrong path is a mistake and must not skip tests. */
export function readCloudOpenApi(): CloudOpenApi {
  const spec = JSON.parse(readFileSync(openApiFile, 'utf8')) as Spec;
  const compiled = new Map<object, ValidateFunction>();
  const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: true });
  // The document uses its own format for prices.
  addFormats.default(ajv).addFormat('decimal', /^-?\d+(?:\.\d+)?$/);
  return {
    expectValid: (method, template, reply) => {
      const operation = spec.paths[template]?.[method.toLowerCase()];
      const family = reply.status >= 500 ? '5xx' : reply.status >= 400 ? '4xx' : String(reply.status);
      const response = operation?.responses[family];
      expect(response, `status ${reply.status} of ${method} ${template} is documented`).toBeDefined();
      const schema = response?.content?.['application/json']?.schema;
      if (schema === undefined) {
        expect(reply.body).toBe('');
        return;
      }
      const validate = compiled.get(schema) ?? ajv.compile({ ...schema, components: spec.components });
      compiled.set(schema, validate);
      validate(reply.body);
      expect(validate.errors ?? []).toEqual([]);
    },
  };
}
