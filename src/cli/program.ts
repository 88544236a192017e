import { Command } from 'commander';
import { registerApprove } from './approve.ts';
import type { CliContext } from './context.ts';
import { registerExplain } from './explain.ts';
import { registerHistory } from './history.ts';
import { registerInit } from './init.ts';
import { type GlobalOptions, paintFor } from './paint.ts';
import { registerPlan } from './plan.ts';
import { registerReconcile } from './reconcile.ts';
import { reportError } from './report-error.ts';
import { registerRun } from './run.ts';
import { registerSchema } from './schema.ts';
import { registerStatus } from './status.ts';
import { registerValidate } from './validate.ts';
import { registerWp } from './wp.ts';

/** A verb that is defined elsewhere. */
export interface Registration {
  readonly register: (program: Command, context: CliContext) => void;
}

/** The command line with all its verbs. Parsing throws instead of ending the process. */
export function buildProgram(context: CliContext, extra: readonly Registration[]): Command {
  const program = new Command('pressluft')
    .description('Keeps a fleet of WordPress sites in the state that a Git repository describes.')
    .version(context.version, '--version', 'print the version')
    .helpOption('-h, --help', 'print help; `pressluft <verb> --help` has an example of each verb')
    .option('--color', 'colour the output, also where it is no terminal')
    .option('--no-color', 'never colour the output (as does NO_COLOR)')
    .option('--verbose', 'print the stack of an error', false)
    .showHelpAfterError('(run it with --help for its flags)')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
    });
  registerInit(program, context);
  registerValidate(program, context);
  registerPlan(program, context);
  registerApprove(program, context);
  registerReconcile(program, context);
  registerRun(program, context);
  registerStatus(program, context);
  registerExplain(program, context);
  registerHistory(program, context);
  registerSchema(program, context);
  registerWp(program, context);
  for (const { register } of extra) register(program, context);
  return program;
}

/** Runs the command line `argv` (with the two leading words of `process.argv`); never throws, and sets the exit code. */
export async function runProgram(
  context: CliContext,
  argv: readonly string[],
  extra: readonly Registration[] = [],
): Promise<void> {
  for (const stream of [context.stdout, context.stderr]) stream.on('error', ignoreClosedPipe);
  const program = buildProgram(context, extra);
  try {
    await program.parseAsync([...argv]);
  } catch (error) {
    const { color, verbose } = program.opts<GlobalOptions>();
    const paint = paintFor(context.stderr, context.env, color);
    const report = reportError(error, { paint, verbose, stopped: context.signal.aborted });
    context.stderr.write(report.text);
    context.setExitCode(report.exitCode);
  }
}

/** A reader that has seen enough (`pressluft status | head`) is no error. */
function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}
