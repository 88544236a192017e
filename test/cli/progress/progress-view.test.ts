import { join } from 'node:path';
import pc from 'picocolors';
import { afterEach, expect, test } from 'vitest';
import { createProgressView, type ProgressView } from '../../../src/cli/progress/progress-view.ts';
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

/** What a terminal shows in the end: cursor-up goes back, and the rest of the screen is erased. */
function screenOf(written: readonly string[]): string {
  let lines: string[] = [];
  for (const text of written) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape sequences of the view
    const up = /^\u001b\[(\d+)A/.exec(text);
    if (up !== null) lines = lines.slice(0, Math.max(0, lines.length - Number(up[1])));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape sequences of the view
    const shown = text.replace(/\u001b\[\??[0-9;]*[A-Za-z]/g, '').replaceAll('\r', '');
    if (shown !== '') lines.push(...shown.slice(0, -1).split('\n'));
  }
  return lines.join('\n');
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
