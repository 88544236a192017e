import { join } from 'node:path';
import pc from 'picocolors';
import { expect, test } from 'vitest';
import { fitWidth } from '../../../src/cli/progress/fit-width.ts';
import { reduceProgress } from '../../../src/cli/progress/reduce.ts';
import { renderFrame } from '../../../src/cli/progress/render-frame.ts';
import { emptyModel } from '../../../src/cli/progress/view-model.ts';
import { widthOf } from '../../../src/fleet/text-width.ts';
import type { Progress } from '../../../src/reconcile/progress.ts';
import { commitSha } from '../../support/fleet-builders.ts';
import { firstPass } from './events.ts';

const golden = join(import.meta.dirname, '../../golden/cli');
const plain = pc.createColors(false);
const colored = pc.createColors(true);

const modelAfter = (events: readonly Progress[]) =>
  events.reduce((model, event, index) => reduceProgress(model, event, index * 1000), emptyModel);

const midway = firstPass.slice(0, 17);

test.each([
  ['frame-midway', midway],
  ['frame-finished', firstPass],
] as const)('%s looks as recorded', async (name, events) => {
  const lines = renderFrame(modelAfter(events), { columns: 100, rows: 40, nowMs: 20_000, paint: plain });
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(join(golden, `${name}.golden.txt`));
});

test('a broken commit is named above the rows, which are of an earlier one', () => {
  const broken: readonly Progress[] = [
    ...firstPass,
    { kind: 'pass-started', pass: '2', trigger: 'commit' },
    { kind: 'phase', pass: '2', phase: 'load', commit: commitSha('broken') },
    {
      kind: 'pass-finished',
      pass: '2',
      outcome: 'invalid',
      problem: 'pressluft.yaml:3:1 spec is missing \u001b[31m',
      durationMs: 100,
    },
  ];
  const text = renderFrame(modelAfter(broken), { columns: 120, rows: 40, nowMs: 20_000, paint: plain }).join(
    '\n',
  );
  expect(text).toContain(
    `  commit ${commitSha('broken').slice(0, 7)} is not applied: pressluft.yaml:3:1 spec is missing ␛[31m\n` +
      '  The fleet stays as it was; what is below is of an earlier commit.',
  );
  expect(text).toContain('acme-staging');
});

test.each([20, 40, 79])('no line is wider than %i columns, with and without colours', (columns) => {
  for (const paint of [plain, colored]) {
    for (let count = 1; count <= firstPass.length; count++) {
      const model = modelAfter(firstPass.slice(0, count));
      for (const line of renderFrame(model, { columns, rows: 40, nowMs: 20_000, paint })) {
        expect(widthOf(line)).toBeLessThan(columns);
      }
    }
  }
});

test('a frame is lower than the terminal, and counts what it leaves out', () => {
  const lines = renderFrame(modelAfter(firstPass), { columns: 80, rows: 7, nowMs: 20_000, paint: plain });
  expect(lines.length).toBeLessThan(7);
  expect(lines.join('\n')).toContain('acme-staging');
  expect(lines.at(-1)).toMatch(/… and .*1 done/);
});

test('text of a node cannot move the cursor', () => {
  const hostile = midway.map((event) =>
    event.kind === 'step' ? { ...event, step: { ...event.step, step: '\u001b[2Jx\r\ny' } } : event,
  );
  const lines = renderFrame(modelAfter(hostile), { columns: 200, rows: 40, nowMs: 0, paint: plain });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: looking for them is the test
  expect(lines.join('')).not.toMatch(/[\u0000-\u001f]/);
  expect(lines.join('\n')).toContain('␛[2Jx␍␊y');
});

test('a cut line closes its colours', () => {
  expect(fitWidth(`${colored.red('abcdef')} tail`, 4)).toBe('\u001b[31mabc…\u001b[0m');
  expect(fitWidth('abcdef', 6)).toBe('abcdef');
  expect(fitWidth('abcdefg', 6)).toBe('abcde…');
  expect(fitWidth(`${colored.red('abcdef')} tail`, 6)).toBe('\u001b[31mabcde…\u001b[0m');
  expect(fitWidth('日本語 abc', 6)).toBe('日本…');
  expect(fitWidth(`${colored.red('日本語')} abc`, 8)).toBe('\u001b[31m日本語\u001b[39m …\u001b[0m');
});
