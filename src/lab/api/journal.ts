import { isRecord } from '../cloud/fields.ts';

/** One request that the API served; bodies are kept without keys, user data and tokens. */
export interface JournalEntry {
  readonly at: string;
  readonly method: string;
  readonly path: string;
  /** HTTP status; 0 when the connection was destroyed without a reply. */
  readonly status: number;
  /** The status of the request, even when a fault dropped the reply. */
  readonly decided: number;
  readonly errorCode: string | undefined;
  readonly body: unknown;
}

export interface Journal {
  entries(): readonly JournalEntry[];
  add(entry: JournalEntry): void;
  clear(): void;
}

const maxEntries = 20_000;
const secretFields = new Set(['user_data', 'public_key', 'root_password', 'token']);

export function createJournal(): Journal {
  let kept: JournalEntry[] = [];
  return {
    entries: () => kept,
    add: (entry) => {
      kept.push({ ...entry, body: redact(entry.body) });
      if (kept.length > maxEntries) kept = kept.slice(-maxEntries / 2);
    },
    clear: () => {
      kept = [];
    },
  };
}

function redact(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(redact);
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, secretFields.has(key) ? '[redacted]' : redact(item)]),
  );
}
