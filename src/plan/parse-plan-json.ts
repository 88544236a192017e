import { Ajv } from 'ajv';
import schema from '../../schemas/plan.schema.json' with { type: 'json' };
import { isPlainJson } from '../fleet/plain-json.ts';
import { type Reason, reasonWithMessage } from '../fleet/reasons.ts';
import { type PlanJson, planFormatVersion } from './plan-json.ts';

/**
 * A plan that was read from somewhere, of this version or the one before, checked against its schema; else the first problem in
 * words. Compiles the schema with each call, some 10 ms.
 */
export function parsePlanJson(value: unknown): PlanJson | string {
  const header = value as { readonly format?: unknown; readonly version?: unknown } | null;
  if (typeof header !== 'object' || header === null || header.format !== 'pressluft-plan') {
    return 'it is not a plan: "format" is not "pressluft-plan"';
  }
  if (header.version !== planFormatVersion && header.version !== earlierVersion)
    return `plan format version ${versionText(header.version)} is not known here; ${planFormatVersion} is`;
  if (!isPlainJson(value)) return 'it is nested too deep, or has a number that is infinite';
  const validate = new Ajv({ strictTypes: true, allowUnionTypes: true }).compile<PlanJson>(schema);
  const current = header.version === earlierVersion ? fromEarlier(value as object) : value;
  if (validate(current)) {
    const { actions, blocked } = current;
    return { ...current, actions: actions.map(withKnownReason), blocked: blocked.map(withKnownReason) };
  }
  const [problem] = validate.errors ?? [];
  return `${problem?.instancePath || 'the plan'} ${problem?.message ?? 'is not as the schema says'}`;
}

function versionText(version: unknown): string {
  return typeof version === 'number' || typeof version === 'string'
    ? String(version).slice(0, 20)
    : 'of another type';
}

/** Spelled reasons of blocked items in snake_case, and had the file of what is removed in its message only. */
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

/** In the spelling of today; the message keeps a reason that is not known here. */
function withKnownReason<T extends { readonly reason: Reason; readonly message: string }>(item: T): T {
  return { ...item, ...reasonWithMessage(item.reason, item.message) };
}
