import type { Blocked } from '../fleet/plan.ts';
import { printable } from '../fleet/printable.ts';
import type { ActionResult } from '../fleet/run.ts';
import { outcomeOfPass, type PassReport } from '../reconcile/pass-report.ts';
import { formatSeconds } from './format-seconds.ts';
import type { Paint } from './paint.ts';
import { alignColumns } from './table.ts';

/** Summary of a pass for people: what was done, what failed and why, what is held back, and how it ended. */
export function renderPassReport(report: PassReport, paint: Paint): string {
  const done = alignColumns(report.results.map((result) => resultCells(result, paint)));
  const failures = report.results.flatMap((result) => failureLines(result, paint));
  const held = (report.residual?.blocked ?? []).flatMap((item) => blockedLines(item, paint));
  const blocks = [done, failures, held, refusalLines(report, paint), [verdict(report, paint)]].filter(
    (block) => block.length > 0,
  );
  return `${blocks.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function resultCells({ resource, kind, outcome, changed }: ActionResult, paint: Paint): readonly string[] {
  const words = {
    succeeded: paint.green(changed ? '✓ done' : '✓ nothing to change'),
    failed: paint.red('✗ failed'),
    cancelled: paint.yellow('· cancelled'),
  } as const;
  return [words[outcome], printable(resource), paint.dim(kind)];
}

function failureLines({ resource, error }: ActionResult, paint: Paint): readonly string[] {
  if (error === undefined) return [];
  return [
    `${paint.red('✗')} ${paint.bold(printable(resource))}  ${paint.red(error.code)}`,
    ...error.message.split('\n').map((line) => `    ${printable(line)}`),
    ...(error.hint === undefined ? [] : [`    ${paint.dim('next  ')}${printable(error.hint)}`]),
  ];
}

function blockedLines(item: Blocked, paint: Paint): readonly string[] {
  return [
    `${paint.yellow('!')} ${paint.bold(printable(item.resource))}  ${paint.dim(item.reason)}`,
    ...item.message.split('\n').map((line) => `    ${printable(line)}`),
    `    ${paint.dim('next  ')}${printable(item.nextStep)}`,
  ];
}

function refusalLines({ refusal }: PassReport, paint: Paint): readonly string[] {
  if (refusal === null) return [];
  const { code, tip, message, nextStep } = refusal;
  return [
    `${paint.red('✗')} ${paint.bold(`commit ${tip.slice(0, 12)} is not applied`)}  ${paint.red(code)}`,
    `    ${printable(message)}`,
    `    ${paint.dim('next  ')}${printable(nextStep)}`,
  ];
}

function verdict(report: PassReport, paint: Paint): string {
  const commit = report.commit.slice(0, 7);
  const recorded = report.statusCommit === null ? '' : `, recorded in ${report.statusCommit.slice(0, 7)}`;
  return `${sentence(report, paint)} (commit ${commit}, ${formatSeconds(report.durationMs)}${recorded})`;
}

function sentence(report: PassReport, paint: Paint): string {
  switch (outcomeOfPass(report)) {
    case 'idle':
      return paint.green('Nothing to do. The fleet is as described.');
    case 'converged':
      return paint.green('Converged. The fleet is as described.');
    case 'pending':
      return paint.yellow('Not finished: the next pass goes on.');
    case 'blocked':
      return paint.yellow('Held back: see above.');
    case 'refused':
      return report.plan === null
        ? paint.red('Nothing was done: the newest commit is not applied, and no other is in force.')
        : paint.yellow('The newest commit is not applied; the fleet is kept as the one before describes it.');
    case 'failed':
      return paint.red('Some changes failed.');
    default:
      return paint.red('Nothing was done: pressluft.yaml is missing or broken.');
  }
}
