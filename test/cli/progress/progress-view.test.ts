import { join } from 'node:path';
import pc from 'picocolors';
import { afterEach, expect, test } from 'vitest';
import { createProgressView, type ProgressView } from '../../../src/cli/progress/progress-view.ts';
import { screenOf } from '../../support/screen.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { firstPass } from './events.ts';

const paint = pc.createColors(false);
let view: ProgressView | undefined;
afterEach(() => view?.stop());

function open(live: boolean) {
  const written: string[] = [];
  const clock = new VirtualClock();
  const stream = { columns: 100, rows: 40, write: (text: string) => written.push(text) };
  view = createProgressView({ stream, live, paint, clock });
  return { view, written, clock };
}

test('without a terminal every event worth reading is one plain line', async () => {
  const { view, written } = open(false);
  for (const event of firstPass) view.onProgress(event);
  const golden = join(import.meta.dirname, '../../golden/cli/progress-plain.golden.txt');
  await expect(written.join('')).toMatchFileSnapshot(golden);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: looking for them is the test
  expect(written.join('').replaceAll('\n', '')).not.toMatch(/[\u0000-\u001f\u007f]/);
});

test('on a terminal frames are drawn over each other, and the last one stays', async () => {
  const { view, written, clock } = open(true);
  for (const event of firstPass) {
    view.onProgress(event);
    await clock.advance(250);
  }
  view.stop();
  const screen = screenOf(written);
  expect(screen.match(/pass 1/g)).toHaveLength(1);
  expect(screen).toContain('✗ failed');
  expect(screen).not.toContain('⠋');
  expect(written.at(-1)).toBe('\u001b[?25h');
});

test('no more than ten frames a second are drawn, however many events there are', async () => {
  const { view, written, clock } = open(true);
  view.onProgress({ kind: 'pass-started', pass: '1', trigger: 'start' });
  const before = written.length;
  for (let at = 0; at < 1000; at += 10) {
    view.onProgress({ kind: 'phase', pass: '1', phase: 'observe', commit: null });
    await clock.advance(10);
  }
  expect(written.length - before).toBeGreaterThan(5);
  expect(written.length - before).toBeLessThanOrEqual(10);
});

test('nothing is drawn between two passes', async () => {
  const { view, written, clock } = open(true);
  for (const event of firstPass) view.onProgress(event);
  const before = written.length;
  await clock.advance(5000);
  expect(written.length).toBe(before);
});

test('stopping twice writes nothing more and leaves no timer behind', async () => {
  const { view, written, clock } = open(true);
  for (const event of firstPass) view.onProgress(event);
  view.stop();
  const after = written.length;
  view.stop();
  await clock.advance(1000);
  expect(written.length).toBe(after);
  expect(clock.sleeping).toBe(0);
});

test.each([250, 0])(
  'lines of the log stay above the frame and do not tear it (%i ms between events)',
  async (ms) => {
    const { view, written, clock } = open(true);
    view.print('before anything is drawn\n');
    for (const [index, event] of firstPass.entries()) {
      view.onProgress(event);
      view.print(`line ${index}\n`);
      await clock.advance(ms);
    }
    view.print('between two passes\n');
    view.stop();
    view.print('after the end\n');
    const lines = screenOf(written).split('\n');
    const frame = lines.findIndex((line) => line.includes('pass 1'));
    expect(lines.slice(0, frame)).toEqual([
      'before anything is drawn',
      ...firstPass.map((_, index) => `line ${index}`),
      'between two passes',
    ]);
    expect(lines.filter((line) => line.includes('pass 1'))).toHaveLength(1);
    expect(lines.at(-1)).toBe('after the end');
  },
);

test('without a terminal lines of the log are written as they are', () => {
  const { view, written } = open(false);
  view.print('a warning\n');
  expect(written).toEqual(['a warning\n']);
});
