import type { Json } from '../../fleet/digest.ts';
import { isPlainJson } from '../../fleet/plain-json.ts';
import type { AnsibleEvent, AnsibleStats } from '../../ports/ansible.ts';

/** Counts of every host, the last line of a run that came to its end. */
export interface StatsEvent {
  readonly event: 'stats';
  readonly hosts: ReadonlyMap<string, AnsibleStats>;
}

export type ParsedLine =
  | { readonly kind: 'event'; readonly event: AnsibleEvent | StatsEvent }
  /** Well-formed, but of a kind that this version does not know: skipped. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'broken' };

type Fields = Readonly<Record<string, unknown>>;

const maxTextLength = 8192;
const maxNameLength = 256;
/** Thirty days; no moment lies so far back that it could not be told. */
const maxDurationMs = 2_592_000_000;
const taskStatuses = ['ok', 'changed', 'failed', 'skipped', 'unreachable', 'ignored'] as const;
const environmentStatuses = ['ok', 'changed', 'failed'] as const;
const broken: ParsedLine = { kind: 'broken' };
const unknown: ParsedLine = { kind: 'unknown' };

/** One line of the callback plugin. It carries what nodes say, so nothing in it is trusted and every text is bounded. */
export function parseEventLine(line: string): ParsedLine {
  let fields: Fields;
  try {
    fields = JSON.parse(line) as Fields;
  } catch {
    return broken;
  }
  if (typeof fields !== 'object' || fields === null || typeof fields.event !== 'string') return broken;
  if (fields.v !== 1) return unknown;
  const parser = parsers.get(fields.event);
  if (parser === undefined) return unknown;
  const event = parser(fields);
  return event === undefined ? broken : { kind: 'event', event };
}

type Parser = (fields: Fields) => AnsibleEvent | StatsEvent | undefined;

const parsers: ReadonlyMap<string, Parser> = new Map<string, Parser>([
  ['run_start', parseRunStart],
  ['task_start', parseTaskStart],
  ['task_end', parseTaskEnd],
  ['environment_step', parseEnvironmentStep],
  ['environment_result', parseEnvironmentResult],
  ['data', parseData],
  ['stats', parseStats],
]);

function parseRunStart(fields: Fields): AnsibleEvent | undefined {
  const playbook = name(fields.playbook);
  return playbook === undefined ? undefined : { event: 'run_start', playbook };
}

function parseTaskStart(fields: Fields): AnsibleEvent | undefined {
  const task = name(fields.task);
  return task === undefined ? undefined : { event: 'task_start', task, role: name(fields.role) ?? null };
}

function parseTaskEnd(fields: Fields): AnsibleEvent | undefined {
  const task = name(fields.task);
  const status = taskStatuses.find((each) => each === fields.status);
  if (task === undefined || status === undefined) return undefined;
  return {
    event: 'task_end',
    task,
    status,
    durationMs: duration(fields.durationMs),
    ...message(fields.message),
  };
}

function parseEnvironmentStep(fields: Fields): AnsibleEvent | undefined {
  const environment = name(fields.environment);
  const step = name(fields.step);
  const status = environmentStatuses.find((each) => each === fields.status);
  if (environment === undefined || step === undefined || status === undefined) return undefined;
  const durationMs = duration(fields.durationMs);
  return { event: 'environment_step', environment, step, status, durationMs, ...message(fields.message) };
}

function parseEnvironmentResult(fields: Fields): AnsibleEvent | undefined {
  const environment = name(fields.environment);
  const status = environmentStatuses.find((each) => each === fields.status);
  if (environment === undefined || status === undefined) return undefined;
  const { error } = fields;
  if (typeof error !== 'object' || error === null)
    return { event: 'environment_result', environment, status };
  const { code, message: text } = error as Fields;
  return {
    event: 'environment_result',
    environment,
    status,
    error: { code: name(code) ?? 'unknown', message: message(text).message ?? '' },
  };
}

function parseData(fields: Fields): AnsibleEvent | undefined {
  const key = name(fields.key);
  if (key === undefined || fields.value === undefined || !isPlainJson(fields.value)) return undefined;
  return { event: 'data', key, value: fields.value as Json };
}

function parseStats(fields: Fields): StatsEvent | undefined {
  const { hosts } = fields;
  if (typeof hosts !== 'object' || hosts === null) return undefined;
  return {
    event: 'stats',
    hosts: new Map(Object.entries(hosts).map(([host, counts]) => [host, hostStats(counts as Fields | null)])),
  };
}

/** Ansible calls them `failures` and, in summaries, `skipped`; a count that is missing is 0. */
function hostStats(counts: Fields | null): AnsibleStats {
  return {
    ok: count(counts?.ok),
    changed: count(counts?.changed),
    failed: count(counts?.failures ?? counts?.failed),
    unreachable: count(counts?.unreachable),
    skipped: count(counts?.skipped),
  };
}

function name(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value.slice(0, maxNameLength) : undefined;
}

function message(value: unknown): { readonly message?: string } {
  return typeof value === 'string' && value !== '' ? { message: value.slice(0, maxTextLength) } : {};
}

function duration(value: unknown): number {
  return typeof value === 'number' && value >= 0 && value <= maxDurationMs ? value : 0;
}

function count(value: unknown): number {
  return Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : 0;
}
