import { Ajv } from 'ajv';
import schema from '../../schemas/plan.schema.json' with { type: 'json' };
import type { PlanJson } from './plan-json.ts';

/**
 * A plan that was read from somewhere, checked against its schema; else the first problem in words. Compiles the schema
 * with each call, some 10 ms.
 */
export function parsePlanJson(value: unknown): PlanJson | string {
  const header = value as { readonly format?: unknown; readonly version?: unknown } | null;
  if (typeof header !== 'object' || header === null || header.format !== 'pressluft-plan') {
    return 'it is not a plan: "format" is not "pressluft-plan"';
  }
  if (header.version !== 1) return `plan format version ${String(header.version)} is not known here; 1 is`;
  const validate = new Ajv({ strictTypes: true, allowUnionTypes: true }).compile<PlanJson>(schema);
  if (validate(value)) return value;
  const [problem] = validate.errors ?? [];
  return `${problem?.instancePath || 'the plan'} ${problem?.message ?? 'is not as the schema says'}`;
}
