import { canonicalJson, sha256Hex } from '../fleet/digest.ts';
import { isSecretField } from '../fleet/secret-fields.ts';

type Spec = Readonly<Record<string, unknown>>;

/** A node may claim anything about what was applied to it; no task of ours comes near this. */
const maxSpecBytes = 256 * 1024;

/**
 * A task as applied, fit for Git: each secret is replaced by a mark of eight hexadecimal digits, by which a later commit can tell
 * that it is still the same. The digest of the whole task, which is recorded too, tells as much. Null when it is not known.
 */
export function recordableSpec(spec: Spec | null, salt: string): Spec | null {
  return spec === null || sizeOf(spec) > maxSpecBytes ? null : (mark(spec, salt) as Spec);
}

const markStart = '[redacted ';

/** About as many bytes as its JSON has. */
function sizeOf(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 8;
  let size = 8;
  for (const [key, member] of Object.entries(value)) size += key.length + sizeOf(member);
  return size;
}

/** Undoes {@link recordableSpec} where the wished task, which is made only if need be, has the same secret in the same place. */
export function specWithKnownSecrets(
  recorded: Spec | null,
  wished: () => unknown,
  salt: string,
): Spec | null {
  return recorded === null || !hasMark(recorded) ? recorded : (unmark(recorded, wished(), salt) as Spec);
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

function unmark(recorded: unknown, wished: unknown, salt: string): unknown {
  if (Array.isArray(recorded)) {
    return recorded.map((item, at) => unmark(item, Array.isArray(wished) ? wished[at] : undefined, salt));
  }
  if (typeof recorded === 'string') {
    const isMark = recorded.startsWith(markStart) && wished !== undefined;
    return isMark && recorded === markOf(wished, salt) ? wished : recorded;
  }
  if (!isRecord(recorded)) return recorded;
  const other = isRecord(wished) ? wished : {};
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
