import { CORE_SCHEMA, load } from 'js-yaml';
import { type CommitSha, type Digest, parseCommitSha } from '../fleet/brand.ts';

export type Fields = Readonly<Record<string, unknown>>;

/**
 * Parses a YAML mapping; empty for anything else. People can write to the status branch, so it is untrusted:
 * aliases, which can expand a small text to a large value, and deep nesting are rejected.
 */
export function readYaml(text: string): Fields {
  try {
    return recordOf(load(text, loadOptions));
  } catch {
    return {};
  }
}

const loadOptions = { schema: CORE_SCHEMA, maxAliases: 0, maxDepth: 100 };

export function recordOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

export function textAt(record: Fields, key: string): string | null {
  const value = record[key];
  return typeof value === 'string' ? value : null;
}

/** A non-negative integer. */
export function countAt(record: Fields, key: string): number | null {
  const value = record[key];
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
}

export function digestAt(record: Fields, key: string): Digest | null {
  const text = textAt(record, key);
  return text !== null && isDigest(text) ? text : null;
}

export function isDigest(text: string): text is Digest {
  return /^sha256:[0-9a-f]{64}$/.test(text);
}

export function commitAt(record: Fields, key: string): CommitSha | null {
  const text = textAt(record, key);
  return text === null ? null : (parseCommitSha(text) ?? null);
}

/** An RFC 3339 time in UTC. */
export function timeAt(record: Fields, key: string): string | null {
  const text = textAt(record, key);
  const isTime = text !== null && /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$/.test(text);
  return isTime && !Number.isNaN(Date.parse(text)) ? text : null;
}
