import type { FieldChange } from '../fleet/plan.ts';
import { isSecretField } from '../fleet/secret-fields.ts';

/** Stands for a secret in plans and records. */
export const redacted = '[redacted]';

/** Differences of two tasks, leaf by leaf, sorted by field. A field that exists on one side only is `null` on the other. */
export function fieldChanges(before: unknown, after: unknown): readonly FieldChange[] {
  const changes: FieldChange[] = [];
  collect('', before, after, changes);
  return changes.sort((a, b) => (a.field < b.field ? -1 : 1));
}

function collect(field: string, before: unknown, after: unknown, into: FieldChange[]): void {
  // Records contain no secrets, so a changed secret shows in the digest of the task only.
  if (before === redacted || isSame(before ?? null, after ?? null)) return;
  if (isRecord(before) && isRecord(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
      collect(field === '' ? key : `${field}.${key}`, before[key], after[key], into);
    }
    return;
  }
  if (isNamedList(before) && isNamedList(after)) {
    collect(field, bySlug(before), bySlug(after), into);
    return;
  }
  into.push({
    field,
    before: withoutSecrets(field, before ?? null),
    after: withoutSecrets(field, after ?? null),
  });
}

/** Equality of JSON values, independent of key order. An undefined member counts as absent. */
function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => isSame(item, b[index]));
  }
  if (!isRecord(a) || !isRecord(b)) return false;
  return (
    Object.keys(a).every((key) => isSame(a[key], Object.hasOwn(b, key) ? b[key] : undefined)) &&
    Object.keys(b).every((key) => Object.hasOwn(a, key) || b[key] === undefined)
  );
}

/** One change can add or remove a whole object, so secrets below the field are redacted as well. */
function withoutSecrets(name: string, value: unknown): unknown {
  if (value === null) return null;
  if (isSecretField(name)) return redacted;
  if (Array.isArray(value)) return value.map((item) => withoutSecrets('', item));
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, withoutSecrets(key, member)]));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

type Named = Readonly<Record<string, unknown>> & { readonly slug: string };

function isNamedList(value: unknown): value is readonly Named[] {
  return Array.isArray(value) && value.every((item) => isRecord(item) && typeof item.slug === 'string');
}

function bySlug(list: readonly Named[]): Record<string, unknown> {
  return Object.fromEntries(list.map(({ slug, ...rest }) => [slug, rest]));
}
