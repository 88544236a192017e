import { canonicalJson } from '../fleet/digest.ts';
import type { FieldChange, Risk } from '../fleet/plan.ts';

/** Names of fields whose values never appear in a plan, a log or a commit; also constants such as `SMTP_PASSWORD`. */
const secretName = /password|passwd|secret|token|salt|api_?key|private_?key/i;
const redacted = '[redacted]';

/** Leaf by leaf difference of two tasks, sorted by field. A field that exists on one side only has `null` on the other. */
export function fieldChanges(before: unknown, after: unknown): readonly FieldChange[] {
  const changes: FieldChange[] = [];
  collect('', before, after, changes);
  return changes.sort((a, b) => (a.field < b.field ? -1 : 1));
}

function collect(field: string, before: unknown, after: unknown, into: FieldChange[]): void {
  if (canonicalJson(before ?? null) === canonicalJson(after ?? null)) return;
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

/** A whole object can appear or go in one change, so secrets are looked for below the field as well. */
function withoutSecrets(name: string, value: unknown): unknown {
  if (value === null) return null;
  if (secretName.test(name)) return redacted;
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

/** What carrying out the changes can do to a running site; the worst of its fields. */
export function riskOf(changes: readonly FieldChange[]): { risk: Risk; downtimeSeconds: number } {
  let worst = 0;
  for (const { field } of changes) worst = Math.max(worst, riskRank(field));
  const risks = ['none', 'restart', 'downtime', 'data'] as const;
  return { risk: risks[worst] ?? 'none', downtimeSeconds: worst >= 2 ? 10 : 0 };
}

function riskRank(field: string): number {
  if (field === 'wordpress.version' || field.startsWith('wordpress.plugins')) return 3;
  if (field === 'site_url' || field === 'php.version' || field === 'state') return 2;
  if (field.startsWith('php.') || field.startsWith('cache.')) return 1;
  return 0;
}
