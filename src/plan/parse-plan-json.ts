import { Ajv } from 'ajv';
import schema from '../../schemas/plan.schema.json' with { type: 'json' };
import { isPlainJson } from '../fleet/plain-json.ts';
import { type Reason, reasonWithMessage } from '../fleet/reasons.ts';
import { type PlanJson, planFormatVersion } from './plan-json.ts';

/**
 * Parses a plan of this format version or the one before and checks it against its schema. Returns the first problem in
 * words if it is invalid. Compiles the schema with each call, about 10 ms.
 */
export function parsePlanJson(value: unknown): PlanJson | string {
  const header = value as { readonly format?: unknown; readonly version?: unknown } | null;
  if (typeof header !== 'object' || header === null || header.format !== 'pressluft-plan') {
    return 'it is not a plan: "format" is not "pressluft-plan"';
  }
  if (header.version !== planFormatVersion && header.version !== earlierVersion)
    return `plan format version ${versionText(header.version)} is not supported; supported: ${planFormatVersion}`;
  if (!isPlainJson(value)) return 'it is nested too deep, or contains an infinite number';
  const validate = new Ajv({ strictTypes: true, allowUnionTypes: true }).compile<PlanJson>(schema);
  const current = header.version === earlierVersion ? fromEarlier(value as object) : value;
  if (validate(current)) {
    const { actions, blocked } = current;
    return { ...current, actions: actions.map(withKnownReason), blocked: blocked.map(withKnownReason) };
  }
  const [problem] = validate.errors ?? [];
  return `${problem?.instancePath || 'the plan'} ${problem?.message ?? 'does not match the schema'}`;
}

function versionText(version: unknown): string {
  return typeof version === 'number' || typeof version === 'string'
    ? String(version).slice(0, 20)
    : 'of another type';
}

/** Format 1 spells reasons of blocked items in snake_case, and has the file of a removed resource in the message only. */
const earlierVersion = 1;

function fromEarlier(plan: object): object {
  const { actions, blocked } = plan as { readonly actions?: unknown; readonly blocked?: unknown };
  const action = (item: unknown) => (isObject(item) ? { ...item, formerFile: null } : item);
  return {
    ...plan,
    version: planFormatVersion,
    actions: Array.isArray(actions) ? actions.map(action) : actions,
    blocked: Array.isArray(blocked)
      ? blocked.map((item: unknown) =>
          isObject(item) ? { ...item, ...('action' in item ? { action: action(item.action) } : {}) } : item,
        )
      : blocked,
  };
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** In the current spelling; the message keeps an unknown reason. */
function withKnownReason<T extends { readonly reason: Reason; readonly message: string }>(item: T): T {
  return { ...item, ...reasonWithMessage(item.reason, item.message) };
}
