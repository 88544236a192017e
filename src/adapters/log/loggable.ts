import { isPressluftError, PressluftError } from '../../fleet/errors.ts';

export const maxStringLength = 8192;
const maxEntries = 100;
const maxDepth = 6;
const maxCauses = 5;
/** Text is redacted before it is cut, because a cut could hide a secret from redaction; text beyond this limit is dropped unread. */
const maxRedactedLength = 1_048_576;

type Redact = (text: string) => string;

/** A copy that is safe to log: redacted, bounded in size and depth, without cycles; errors as code, message, hint and causes. */
export function loggable(value: unknown, redact: Redact): unknown {
  return copy(value, redact, 0);
}

function copy(value: unknown, redact: Redact, depth: number): unknown {
  switch (typeof value) {
    case 'string':
      return text(value, redact);
    case 'bigint':
    case 'symbol':
      return text(String(value), redact);
    case 'function':
      return '[function]';
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'object':
      return value === null ? null : object(value, redact, depth);
    default:
      return value;
  }
}

function object(value: object, redact: Redact, depth: number): unknown {
  if (value instanceof Error) return errorFields(value, redact, depth, 0);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (depth >= maxDepth) return '[deep]';
  if (value instanceof Map) return entries([...value], redact, depth);
  if (Array.isArray(value) || value instanceof Set) {
    const items = [...value];
    const kept = items.slice(0, maxEntries).map((item) => copy(item, redact, depth + 1));
    return items.length > maxEntries ? [...kept, `… ${items.length - maxEntries} more`] : kept;
  }
  return entries(Object.entries(value), redact, depth);
}

function entries(pairs: readonly (readonly [unknown, unknown])[], redact: Redact, depth: number): unknown {
  const kept = pairs
    .slice(0, maxEntries)
    .map(([key, member]) => [text(String(key), redact), copy(member, redact, depth + 1)] as const);
  const rest = pairs.length > maxEntries ? [['…', `${pairs.length - maxEntries} more`] as const] : [];
  return Object.fromEntries([...kept, ...rest]);
}

function errorFields(error: Error, redact: Redact, depth: number, causes: number): Record<string, unknown> {
  const { cause } = error;
  const fields: Record<string, unknown> = isPressluftError(error)
    ? { code: error.code, message: text(error.message, redact), hint: hintOf(error, redact) }
    : { name: error.name, message: text(error.message, redact) };
  if (error instanceof PressluftError) {
    if (Object.keys(error.details).length > 0) fields.details = copy(error.details, redact, depth + 1);
  } else {
    const { code } = error as NodeJS.ErrnoException;
    if (typeof code === 'string') fields.code = text(code, redact);
    // Expected errors explain themselves; a bug needs its stack. The outer stack already covers the cause.
    if (causes === 0 && error.stack !== undefined) fields.stack = text(error.stack.slice(0, 4000), redact);
  }
  if (error instanceof AggregateError) {
    fields.errors = error.errors.slice(0, maxCauses).map((each) => copy(each, redact, maxDepth - 1));
  }
  if (cause !== undefined && causes < maxCauses) {
    fields.cause =
      cause instanceof Error
        ? errorFields(cause, redact, depth, causes + 1)
        : copy(cause, redact, maxDepth - 1);
  }
  return fields;
}

function hintOf(error: PressluftError, redact: Redact): string | undefined {
  return error.hint === undefined ? undefined : text(error.hint, redact);
}

function text(value: string, redact: Redact): string {
  const redacted = redact(value.length > maxRedactedLength ? value.slice(0, maxRedactedLength) : value);
  if (redacted.length <= maxStringLength && value.length <= maxRedactedLength) return redacted;
  return `${redacted.slice(0, maxStringLength)}… (${value.length} characters)`;
}
