import { type FieldProblem, invalidInput } from './api-error.ts';
import type { Labels } from './model.ts';

/** Reads fields of a request body, collecting every problem; `done` throws them as one `invalid_input`. */
export interface FieldReader {
  string(name: string, rule?: StringRule): string | undefined;
  /** An id, as a number or a string, or a name. */
  idOrName(name: string, rule?: Pick<StringRule, 'required'>): string | undefined;
  boolean(name: string): boolean | undefined;
  strings(name: string): readonly string[];
  array(name: string): readonly unknown[] | undefined;
  object(name: string): Readonly<Record<string, unknown>> | undefined;
  labels(name: string): Labels | undefined;
  problem(name: string, message: string): void;
  done(): void;
}

export interface StringRule {
  readonly required?: boolean;
  readonly pattern?: RegExp;
  readonly maxBytes?: number;
  readonly expected?: string;
}

export function readFields(body: unknown): FieldReader {
  const fields = isRecord(body) ? body : {};
  const problems: FieldProblem[] = [];
  const problem = (name: string, message: string) => void problems.push({ name, messages: [message] });

  function typed<T>(name: string, expected: string, guard: (value: unknown) => value is T): T | undefined {
    const value = fields[name];
    if (value === undefined || value === null) return undefined;
    if (guard(value)) return value;
    problem(name, `must be ${expected}`);
    return undefined;
  }

  /** A value of a wrong type is reported as such only. */
  function required(name: string): void {
    const value = fields[name];
    if (value === undefined || value === null || value === '') problem(name, 'is required');
  }

  return {
    string: (name, rule = {}) => {
      const value = typed(name, 'a string', (item) => typeof item === 'string');
      if (value === undefined || value === '') {
        if (rule.required) required(name);
        return value;
      }
      if (rule.pattern && !rule.pattern.test(value)) problem(name, rule.expected ?? 'is not valid');
      if (rule.maxBytes !== undefined && Buffer.byteLength(value) > rule.maxBytes)
        problem(name, 'is too long');
      return value;
    },
    idOrName: (name, rule = {}) => {
      const value = typed(name, 'an id or a name', isIdOrName);
      if ((value === undefined || value === '') && rule.required) required(name);
      return value === undefined ? undefined : String(value);
    },
    boolean: (name) => typed(name, 'a boolean', (item) => typeof item === 'boolean'),
    // Ids are accepted as well as names, as numbers or strings.
    strings: (name) =>
      (typed(name, 'a list of ids or names', isIdOrNameList) ?? []).map((item) => String(item)),
    array: (name) => typed(name, 'a list', (item) => Array.isArray(item)),
    object: (name) => typed(name, 'an object', isRecord),
    labels: (name) => {
      const value = typed(name, 'an object', isRecord);
      if (value === undefined) return undefined;
      const wrong = Object.entries(value).find(([key, text]) => !isLabel(key, text));
      if (wrong) problem(name, `'${wrong[0].slice(0, 80)}' is not a valid label`);
      return { ...(value as Labels) };
    },
    problem,
    done: () => {
      if (problems.length > 0) throw invalidInput(problems);
    },
  };
}

/** A host name by RFC 1123, which server names must be. */
export const hostname =
  /^(?=.{1,253}$)[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$/;

const labelName = /^[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/;
const labelPrefix = /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/i;

/** Hetzner's rule for labels (docs.hetzner.cloud, "Labels"). */
export function isLabel(key: string, value: unknown): boolean {
  const parts = key.split('/');
  const name = parts.pop() ?? '';
  if (parts.length > 1 || !labelName.test(name)) return false;
  const prefix = parts[0];
  if (prefix !== undefined && (!labelPrefix.test(prefix) || prefix === 'hetzner.cloud')) return false;
  return typeof value === 'string' && (value === '' || labelName.test(value));
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isIdOrName(value: unknown): value is string | number {
  return typeof value === 'string' || Number.isSafeInteger(value);
}

function isIdOrNameList(value: unknown): value is readonly (string | number)[] {
  return Array.isArray(value) && value.every(isIdOrName);
}
