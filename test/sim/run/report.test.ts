import { expect, test } from 'vitest';
import { noFaults } from '../core/index.ts';
import { inputOf } from './generate.ts';
import { compact, failureText, faultText, parseFault } from './report.ts';
import { run } from './run.ts';

test('a fault is parsed as it is written', () => {
  const fault = { site: 'kill before hetzner.POST /servers', nth: 12, kind: 'kill' };
  expect(parseFault(faultText(fault))).toEqual(fault);
  expect(() => parseFault('git.push')).toThrow('git.push#0!lost-reply');
});

test('a failure report has the invariant, the minimal schedule, a timeline, and the command to reproduce it', async () => {
  const result = await run({ ...inputOf(1), faults: noFaults });
  const violation = { invariant: 'idle means no writes', message: 'written: Git', atMs: 5 };
  const schedule = { events: [0, 2], faults: [{ site: 'git.push', nth: 3, kind: 'lost-reply' }] };
  const text = failureText(
    1,
    { ...result, violation },
    { schedule, result: { ...result, violation }, tries: 7 },
  );
  expect(text).toContain('seed 1: idle means no writes');
  expect(text).toContain('least schedule (7 runs');
  expect(text).toContain('commit: begin');
  const json = /--replay '(.*)'/.exec(text)?.[1] ?? '';
  expect(JSON.parse(json)).toEqual({ seed: 1, ...compact(schedule) });
});
