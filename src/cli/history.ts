import { type Command, InvalidArgumentError } from 'commander';
import { parseDurationMs } from '../manifest/index.ts';
import type { CliContext } from './context.ts';
import type { HistoryFlags, Since } from './history-action.ts';
import { addExamples, addRepositoryOptions, formatOption, globalOptions } from './options.ts';

export function registerHistory(command: Command, context: CliContext): void {
  addRepositoryOptions(command)
    .argument('<resource>', 'such as environment/acme-production; also one that is gone')
    .option('--limit <number>', 'at most this many entries', limit, 20)
    .option('--since <when>', 'a date such as 2026-11-01, or a time ago such as 12h or 7d', since)
    .addOption(formatOption())
    .action(async (subject: string, flags: HistoryFlags) => {
      const { showHistory } = await import('./history-action.ts');
      await showHistory(context, subject, flags, globalOptions(command).color);
    });
  addExamples(command, 'pressluft history environment/acme-production --since 7d');
}

function limit(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1 && number <= 1000) return number;
  throw new InvalidArgumentError('A number from 1 to 1000.');
}

function since(text: string): Since {
  const days = /^(\d{1,5})d$/.exec(text)?.[1];
  const ms = days === undefined ? parseDurationMs(text) : Number(days) * 86_400_000;
  if (ms !== undefined) return { kind: 'ago', ms };
  const at = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at))
    throw new InvalidArgumentError('A date such as 2026-11-01, or a time ago such as 7d.');
  return { kind: 'moment', at };
}
