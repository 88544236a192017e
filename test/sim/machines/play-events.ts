import { isChanged, type Outcomes, type Progress } from './module.ts';
import type { PlayTask, TaskResult } from './play-tasks.ts';

type Status = 'ok' | 'changed' | 'failed' | 'skipped' | 'unreachable';

/** Lines of the event stream, as `callback_plugins/pressluft_ndjson.py` writes them. */
export function line(event: string, fields: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ v: 1, event, ...fields });
}

export function taskStart({ name, role }: PlayTask): string {
  return line('task_start', { task: name, role: role ?? undefined });
}

export function taskEnd(
  host: string,
  { name }: PlayTask,
  status: Status,
  durationMs: number,
  message?: string,
): string {
  return line('task_end', { task: name, host, status, durationMs, message });
}

export function resultLines({ outcomes, final, data }: TaskResult): readonly string[] {
  const values = Object.entries(data ?? {}).map(([key, value]) => line('data', { key, value }));
  return outcomes === null ? values : [...values, ...outcomeLines(outcomes, final)];
}

function outcomeLines(outcomes: Outcomes, final: boolean): readonly string[] {
  return [...outcomes].flatMap(([environment, own]) => [
    ...own.steps.map(({ step, failed, changed, durationMs, message }) => {
      const status = failed === true ? 'failed' : changed ? 'changed' : 'ok';
      return line('environment_step', {
        environment,
        step,
        status,
        durationMs,
        message: message === '' ? undefined : message,
      });
    }),
    ...(own.error !== null || final ? [line('environment_result', { environment, ...resultOf(own) })] : []),
  ]);
}

function resultOf(own: Progress) {
  if (own.error !== null) return { status: 'failed', error: own.error };
  return { status: isChanged(own) || own.changedOverall ? 'changed' : 'ok' };
}

export interface Counts {
  ok: number;
  changed: number;
  failures: number;
  unreachable: number;
  skipped: number;
}

export function statsLine(host: string, counts: Counts): string {
  return line('stats', { hosts: { [host]: { ...counts, rescued: 0, ignored: 0 } } });
}
