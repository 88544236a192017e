import { expect, test } from 'vitest';
import { logProgress } from '../../../src/cli/progress/log-progress.ts';
import { memoryLog } from '../../support/memory-log.ts';
import { firstPass, nextPass } from './events.ts';

const loud = (log: ReturnType<typeof memoryLog>) => log.lines.filter(({ level }) => level !== 'debug');

test('messages are constants, and what they are about is in the fields', () => {
  const log = memoryLog();
  const onProgress = logProgress(log);
  for (const event of firstPass) onProgress(event);
  expect(loud(log).map(({ level, message }) => [level, message])).toEqual([
    ['info', 'plan made'],
    ['info', 'action started'],
    ['info', 'action finished'],
    ['info', 'action started'],
    ['info', 'action finished'],
    ['info', 'action started'],
    ['info', 'action started'],
    ['warn', 'step failed'],
    ['info', 'action finished'],
    ['warn', 'action failed'],
    ['info', 'status recorded'],
    ['info', 'pass finished'],
  ]);
  expect(loud(log).at(-1)?.fields).toMatchObject({ pass: '1', outcome: 'failed', durationMs: 61_000 });
});

test('a pass that found nothing to do is news once, then quiet', () => {
  const log = memoryLog();
  const onProgress = logProgress(log);
  for (let round = 0; round < 3; round++) for (const event of nextPass) onProgress(event);
  expect(loud(log).map(({ message }) => message)).toEqual(['pass finished']);
});
