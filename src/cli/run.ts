import { type Command, Option } from 'commander';
import type { CliContext, RepositoryFlags } from './context.ts';
import { addExamples, addRepositoryOptions, durationMs, globalOptions } from './options.ts';

const progressForms = ['auto', 'lines'] as const;
export type ProgressForm = (typeof progressForms)[number];

export interface RunFlags extends RepositoryFlags {
  readonly interval?: number;
  readonly pollInterval: number;
  readonly progress: ProgressForm;
}

const defaultPollMs = 15_000;

export function registerRun(program: Command, context: CliContext): void {
  const command = addRepositoryOptions(program.command('run'))
    .description(
      'Reconcile until stopped: at every new commit, at an interval, and when woken (SIGHUP, SIGUSR1).',
    )
    .option(
      '--interval <duration>',
      'pause between passes (default: spec.interval of pressluft.yaml)',
      durationMs,
    )
    .addOption(
      new Option('--poll-interval <duration>', 'how often to look for new commits')
        .argParser(durationMs)
        .default(defaultPollMs, '15s'),
    )
    .addOption(
      new Option(
        '--progress <form>',
        'auto: live on a terminal, JSON logs otherwise; lines: plain lines for people',
      )
        .choices(progressForms)
        .default('auto'),
    )
    .action(async (flags: RunFlags) => {
      const { run } = await import('./run-action.ts');
      await run(context, flags, globalOptions(command).color);
    });
  addExamples(command, 'pressluft run --repo https://git.example.org/fleet.git --poll-interval 15s');
}
