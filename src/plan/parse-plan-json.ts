import { Ajv } from 'ajv';
import schema from '../../schemas/plan.schema.json' with { type: 'json' };
import { isPlainJson } from '../fleet/plain-json.ts';
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
  if (header.version !== 1)
    return `plan format version ${versionText(header.version)} is not known here; 1 is`;
  if (!isPlainJson(value)) return 'it is nested too deep, or has a number that is infinite';
  const validate = new Ajv({ strictTypes: true, allowUnionTypes: true }).compile<PlanJson>(schema);
  if (validate(value)) return value;
  const [problem] = validate.errors ?? [];
  return `${problem?.instancePath || 'the plan'} ${problem?.message ?? 'is not as the schema says'}`;
}

function versionText(version: unknown): string {
  return typeof version === 'number' || typeof version === 'string'
    ? String(version).slice(0, 20)
    : 'of another type';
}
