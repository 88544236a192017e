import type { Command } from 'commander';
import type { CheckStatus } from '../doctor/report.ts';
import { exitCodes } from '../fleet/exit-codes.ts';
import type { CliContext, RepositoryFlags } from './context.ts';
import { writeJson } from './json-text.ts';
import {
  addExamples,
  addRepositoryOptions,
  type Format,
  formatOption,
  globalOptions,
  repositoryFlags,
} from './options.ts';
import { paintFor } from './paint.ts';

interface Flags extends RepositoryFlags {
  readonly format: Format;
  readonly fix?: boolean;
}

/** `pressluft doctor` exits with 3 if a check fails. Without a repository only the machine is checked. */
export function registerDoctor(command: Command, context: CliContext): void {
  addRepositoryOptions(command)
    .addOption(formatOption())
    .option('--fix', 'first create the virtualenv with the pinned ansible-core')
    .action((flags: Flags) => doctor(context, flags, command));
  addExamples(command, 'pressluft doctor', 'pressluft doctor --repo https://git.example/fleet.git');
}

async function doctor(context: CliContext, flags: Flags, command: Command): Promise<void> {
  const { runDoctor } = await import('../doctor/run-doctor.ts');
  const { renderReport } = await import('../doctor/render-report.ts');
  const { probes, installAnsible } = await context.openDoctor(repositoryFlags(flags));
  if (flags.fix === true) {
    const tell = (message: string) => void context.stderr.write(`doctor: ${message}\n`);
    await installAnsible(tell, context.signal);
  }
  const report = await runDoctor(probes, context.signal);
  if (flags.format === 'json') writeJson(context, report);
  else context.stdout.write(renderReport(report, paint(context, command)));
  if (report.counts.fail > 0) context.setExitCode(exitCodes.environment.code);
}

function paint(
  { stdout, env }: CliContext,
  command: Command,
): Readonly<Record<CheckStatus | 'dim', (text: string) => string>> {
  const colors = paintFor(stdout, env, globalOptions(command).color);
  return { ok: colors.green, warn: colors.yellow, fail: colors.red, skip: colors.dim, dim: colors.dim };
}
