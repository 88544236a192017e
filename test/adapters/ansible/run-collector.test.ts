import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseEventLine } from '../../../src/adapters/ansible/event-parser.ts';
import { createRunCollector } from '../../../src/adapters/ansible/run-collector.ts';
import type { AnsibleEvent } from '../../../src/ports/ansible.ts';

const stats = {
  v: 1,
  event: 'stats',
  hosts: { web: { ok: 3, changed: 1, failures: 1, unreachable: 0, skipped: 2 } },
};

function collect(...lines: readonly unknown[]) {
  const events: AnsibleEvent[] = [];
  const collector = createRunCollector((event) => events.push(event));
  for (const line of lines)
    collector.add(Buffer.from(`${typeof line === 'string' ? line : JSON.stringify(line)}\n`));
  collector.end();
  return { collector, events };
}

describe('createRunCollector', () => {
  it('returns the outcome of a completed run', () => {
    const { collector, events } = collect(
      { v: 1, event: 'run_start', playbook: 'environment-converge.yml' },
      { v: 1, event: 'task_start', task: 'Code', role: null, path: 'x' },
      { v: 1, event: 'environment_step', environment: 'a', step: 'core', status: 'changed', durationMs: 12 },
      {
        v: 1,
        event: 'task_end',
        task: 'Code',
        host: 'web',
        status: 'failed',
        durationMs: 20,
        message: 'first',
      },
      {
        v: 1,
        event: 'task_end',
        task: 'Other',
        host: 'web',
        status: 'failed',
        durationMs: 20,
        message: 'second',
      },
      { v: 1, event: 'environment_result', environment: 'a', status: 'changed' },
      {
        v: 1,
        event: 'environment_result',
        environment: 'b',
        status: 'failed',
        error: { code: 'x', message: 'y' },
      },
      { v: 1, event: 'data', key: 'probe', value: { a: [1] } },
      stats,
    );
    expect(collector.outcome('web', 5)).toEqual({
      stats: { ok: 3, changed: 1, failed: 1, unreachable: 0, skipped: 2 },
      environments: new Map([
        ['a', { status: 'changed' }],
        ['b', { status: 'failed', error: { code: 'x', message: 'y' } }],
      ]),
      data: new Map([['probe', { a: [1] }]]),
      failure: { task: 'Code', message: 'first' },
      durationMs: 5,
    });
    expect(events.map((event) => event.event)).toEqual([
      'run_start',
      'task_start',
      'environment_step',
      'task_end',
      'task_end',
      'environment_result',
      'environment_result',
      'data',
    ]);
  });

  it('has no outcome without a stats event, or when that does not name the host', () => {
    expect(collect({ v: 1, event: 'run_start', playbook: 'x' }).collector.outcome('web', 1)).toBeNull();
    expect(collect(stats).collector.outcome('db', 1)).toBeNull();
  });

  it('ignores unknown events and versions, and counts broken lines', () => {
    const { collector, events } = collect(
      { v: 1, event: 'task_retry', task: 'x' },
      { v: 2, event: 'stats', hosts: {} },
      'not json',
      'null',
      '[]',
      { v: 1, event: 'task_end', task: 'x', status: 'exploded' },
      { v: 1, event: 'environment_result', environment: '', status: 'ok' },
    );
    expect(events).toEqual([]);
    expect(collector.brokenLines()).toBe(5);
  });

  it('drops a line over the limit and continues after it', () => {
    const { collector } = collect({ v: 1, event: 'data', key: 'k', value: 'x'.repeat(2_000_000) }, stats);
    expect(collector.brokenLines()).toBe(1);
    expect(collector.outcome('web', 1)?.data.size).toBe(0);
  });

  it('bounds texts that come from nodes', () => {
    const line = JSON.stringify({
      v: 1,
      event: 'task_end',
      task: 't'.repeat(9000),
      status: 'ok',
      message: 'm'.repeat(99_999),
    });
    const parsed = parseEventLine(line);
    expect(JSON.stringify(parsed).length).toBeLessThan(10_000);
  });

  it.each(['1e999', '1e300', '-1'])(
    'reads a duration of %s ms as 0, because a time could not be computed from it',
    (durationMs) => {
      const { events } = collect(
        `{"v":1,"event":"task_end","task":"t","status":"ok","durationMs":${durationMs}}`,
        `{"v":1,"event":"environment_step","environment":"a","step":"s","status":"ok","durationMs":${durationMs}}`,
      );
      expect(events.map((event) => ('durationMs' in event ? event.durationMs : null))).toEqual([0, 0]);
    },
  );

  it('rejects data that is nested too deep for recursive code', () => {
    const value = '['.repeat(100_000) + ']'.repeat(100_000);
    const { collector } = collect(`{"v":1,"event":"data","key":"k","value":${value}}`, stats);
    expect(collector.brokenLines()).toBe(1);
    expect(collector.outcome('web', 1)?.data.size).toBe(0);
  });

  it('passes on 50,000 events and no more, and still has the outcome', () => {
    const step = { v: 1, event: 'environment_step', environment: 'a', step: 's', status: 'ok' };
    const { collector, events } = collect(...Array.from({ length: 50_010 }, () => step), stats);
    expect(events).toHaveLength(50_000);
    expect(collector.outcome('web', 1)).not.toBeNull();
  });

  it('redacts before it cuts, so that no part of a secret is left', () => {
    const messages: string[] = [];
    const collector = createRunCollector(
      (event) => 'message' in event && messages.push(event.message ?? ''),
      (text) => text.replaceAll('half-a-secret', '[redacted]'),
    );
    const message = `${'.'.repeat(8186)}half-a-secret`;
    collector.add(
      Buffer.from(`${JSON.stringify({ v: 1, event: 'task_end', task: 't', status: 'ok', message })}\n`),
    );
    expect(messages).toEqual([`${'.'.repeat(8186)}[redac`]);
  });

  it('never throws, for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.jsonValue(), (bytes, json) => {
        const { collector } = collect(
          json,
          { v: 1, event: 'stats', hosts: json },
          { v: 1, event: 'task_end', task: json, status: json },
        );
        collector.add(bytes);
        collector.end();
        collector.outcome('web', 1);
      }),
    );
  });
});
