import type { Json } from '../../fleet/digest.ts';
import { type JsonReader, parseJson } from '../../fleet/json-reader.ts';
import { isPlainJson } from '../../fleet/plain-json.ts';
import type { AnsibleEvent, AnsibleStats } from '../../ports/ansible.ts';

/** Counts of every host, the last line of a completed run. */
export interface StatsEvent {
  readonly event: 'stats';
  readonly hosts: ReadonlyMap<string, AnsibleStats>;
}

export type ParsedLine =
  | { readonly kind: 'event'; readonly event: AnsibleEvent | StatsEvent }
  /** Well-formed, but of a kind that this version does not know: skipped. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'broken' };

const maxTextLength = 8192;
const maxNameLength = 256;
/** Thirty days: keeps computed start times within the range of a Date. */
const maxDurationMs = 2_592_000_000;
const taskStatuses = ['ok', 'changed', 'failed', 'skipped', 'unreachable', 'ignored'] as const;
const environmentStatuses = ['ok', 'changed', 'failed'] as const;
const broken: ParsedLine = { kind: 'broken' };
const unknown: ParsedLine = { kind: 'unknown' };

/** One line of the callback plugin. It contains text from nodes, so nothing in it is trusted and every text is bounded. */
export function parseEventLine(line: string): ParsedLine {
  const fields = parseJson(line);
  if (fields?.at('event').kind !== 'text') return broken;
  if (fields.at('v').number() !== 1) return unknown;
  const parser = parsers.get(fields.at('event').text() ?? '');
  if (parser === undefined) return unknown;
  const event = parser(fields);
  return event === undefined ? broken : { kind: 'event', event };
}

type Parser = (fields: JsonReader) => AnsibleEvent | StatsEvent | undefined;

const parsers: ReadonlyMap<string, Parser> = new Map<string, Parser>([
  ['run_start', parseRunStart],
  ['task_start', parseTaskStart],
  ['task_end', parseTaskEnd],
  ['environment_step', parseEnvironmentStep],
  ['environment_result', parseEnvironmentResult],
  ['data', parseData],
  ['stats', parseStats],
]);

function parseRunStart(fields: JsonReader): AnsibleEvent | undefined {
  const playbook = name(fields.at('playbook'));
  return playbook === undefined ? undefined : { event: 'run_start', playbook };
}

function parseTaskStart(fields: JsonReader): AnsibleEvent | undefined {
  const task = name(fields.at('task'));
  const role = name(fields.at('role')) ?? null;
  return task === undefined ? undefined : { event: 'task_start', task, role };
}

function parseTaskEnd(fields: JsonReader): AnsibleEvent | undefined {
  const task = name(fields.at('task'));
  const status = fields.at('status').oneOf(taskStatuses);
  if (task === undefined || status === null) return undefined;
  const durationMs = duration(fields.at('durationMs'));
  return { event: 'task_end', task, status, durationMs, ...message(fields.at('message')) };
}

function parseEnvironmentStep(fields: JsonReader): AnsibleEvent | undefined {
  const environment = name(fields.at('environment'));
  const step = name(fields.at('step'));
  const status = fields.at('status').oneOf(environmentStatuses);
  if (environment === undefined || step === undefined || status === null) return undefined;
  const durationMs = duration(fields.at('durationMs'));
  return {
    event: 'environment_step',
    environment,
    step,
    status,
    durationMs,
    ...message(fields.at('message')),
  };
}

function parseEnvironmentResult(fields: JsonReader): AnsibleEvent | undefined {
  const environment = name(fields.at('environment'));
  const status = fields.at('status').oneOf(environmentStatuses);
  if (environment === undefined || status === null) return undefined;
  const error = fields.at('error');
  if (error.kind !== 'mapping' && error.kind !== 'list')
    return { event: 'environment_result', environment, status };
  return {
    event: 'environment_result',
    environment,
    status,
    error: {
      code: name(error.at('code')) ?? 'unknown',
      message: message(error.at('message')).message ?? '',
    },
  };
}

function parseData(fields: JsonReader): AnsibleEvent | undefined {
  const key = name(fields.at('key'));
  const { raw } = fields.at('value');
  if (key === undefined || raw === undefined || !isPlainJson(raw)) return undefined;
  return { event: 'data', key, value: raw as Json };
}

function parseStats(fields: JsonReader): StatsEvent | undefined {
  const hosts = fields.at('hosts');
  if (hosts.kind !== 'mapping') return undefined;
  return {
    event: 'stats',
    hosts: new Map(hosts.entries().map(([host, counts]) => [host, hostStats(counts)])),
  };
}

/** Ansible calls them `failures` and, in summaries, `skipped`; a count that is missing is 0. */
function hostStats(counts: JsonReader): AnsibleStats {
  const failures = counts.at('failures');
  return {
    ok: count(counts.at('ok')),
    changed: count(counts.at('changed')),
    failed: count(failures.kind === 'nothing' ? counts.at('failed') : failures),
    unreachable: count(counts.at('unreachable')),
    skipped: count(counts.at('skipped')),
  };
}

function name(value: JsonReader): string | undefined {
  return value.text(maxNameLength) || undefined;
}

function message(value: JsonReader): { readonly message?: string } {
  const text = value.text(maxTextLength) ?? '';
  return text === '' ? {} : { message: text };
}

function duration(value: JsonReader): number {
  const ms = value.number() ?? 0;
  return ms >= 0 && ms <= maxDurationMs ? ms : 0;
}

function count(value: JsonReader): number {
  return Math.max(0, value.integer() ?? 0);
}
