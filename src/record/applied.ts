import { canonicalJson, sha256Hex } from '../fleet/digest.ts';
import { isSecretField } from '../fleet/secret-fields.ts';

type Spec = Readonly<Record<string, unknown>>;

/** Limit for the task that a node reports as applied; real tasks are far smaller. */
const maxSpecBytes = 256 * 1024;

/**
 * An applied task, safe for Git: each secret is replaced by a mark of eight hexadecimal digits, by which a later pass can see
 * that it is unchanged. The recorded digest of the whole task reveals as much. Null when the task is unknown.
 */
export function recordableSpec(spec: Spec | null, salt: string): Spec | null {
  return spec === null || sizeOf(spec) > maxSpecBytes ? null : (mark(spec, salt) as Spec);
}

const markStart = '[redacted ';

/** Approximate size of its JSON in bytes. */
function sizeOf(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 8;
  let size = 8;
  for (const [key, member] of Object.entries(value)) size += key.length + sizeOf(member);
  return size;
}

/** Undoes {@link recordableSpec} where the desired task has the same secret in the same place. The desired task is built only if needed. */
export function specWithKnownSecrets(
  recorded: Spec | null,
  desired: () => unknown,
  salt: string,
): Spec | null {
  return recorded === null || !hasMark(recorded) ? recorded : (unmark(recorded, desired(), salt) as Spec);
}

function hasMark(value: unknown): boolean {
  if (typeof value === 'string') return value.startsWith(markStart);
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).some(hasMark);
}

function mark(value: unknown, salt: string): unknown {
  if (Array.isArray(value)) return value.map((item) => mark(item, salt));
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      key,
      member !== null && isSecretField(key) ? markOf(member, salt) : mark(member, salt),
    ]),
  );
}

function unmark(recorded: unknown, desired: unknown, salt: string): unknown {
  if (Array.isArray(recorded)) {
    return recorded.map((item, at) => unmark(item, Array.isArray(desired) ? desired[at] : undefined, salt));
  }
  if (typeof recorded === 'string') {
    const isMark = recorded.startsWith(markStart) && desired !== undefined;
    return isMark && recorded === markOf(desired, salt) ? desired : recorded;
  }
  if (!isRecord(recorded)) return recorded;
  const other = isRecord(desired) ? desired : {};
  return Object.fromEntries(
    Object.entries(recorded).map(([key, member]) => [key, unmark(member, other[key], salt)]),
  );
}

function markOf(secret: unknown, salt: string): string {
  return `${markStart}${sha256Hex(`${salt}\n${canonicalJson(secret)}`).slice(0, 8)}]`;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
