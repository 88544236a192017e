import { Command } from 'commander';
import type { CliContext } from './context.ts';
import { type GlobalOptions, paintFor } from './paint.ts';
import { reportError } from './report-error.ts';
import { type Verb, verbs } from './verbs.ts';

/** Runs the command line `argv`, in the form of `process.argv`. Never throws; sets the exit code. */
export async function runProgram(context: CliContext, argv: readonly string[]): Promise<void> {
  for (const stream of [context.stdout, context.stderr]) stream.on('error', ignoreClosedPipe);
  const words = withoutHelpVerb(argv.slice(2));
  const name = words.find(isWord);
  const program = await buildProgram(
    context,
    verbs.find((verb) => verb.name === name),
  );
  try {
    await program.parseAsync(upToUnknownVerb(program, words), { from: 'user' });
  } catch (error) {
    const { color, verbose } = program.opts<GlobalOptions>();
    const paint = paintFor(context.stderr, context.env, color);
    const report = reportError(error, { paint, verbose, stopped: context.signal.aborted });
    context.stderr.write(report.text);
    context.setExitCode(report.exitCode);
  }
}

/** Builds all verbs by name and only `complete` with its flags. Parsing throws instead of exiting the process. */
async function buildProgram(context: CliContext, complete: Verb | undefined): Promise<Command> {
  const program = new Command('pressluft')
    .description('Keeps a fleet of WordPress sites in the state that a Git repository describes.')
    .version(context.version, '--version', 'print the version')
    .helpOption('-h, --help', 'print help; `pressluft <verb> --help` has an example of each verb')
    .option('--color', 'always colour the output')
    .option('--no-color', 'never colour the output (as does NO_COLOR)')
    .option('--verbose', 'print the stack of an error', false)
    .showHelpAfterError('(see --help for the flags)')
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
    });
  for (const verb of verbs) {
    const command = program.command(verb.name).description(verb.summary);
    if (verb === complete) (await verb.load())(command, context);
  }
  return program;
}

/** `help plan` is `plan --help`. */
function withoutHelpVerb(words: readonly string[]): readonly string[] {
  const at = words.findIndex(isWord);
  const rest = words.slice(at + 1);
  return words[at] === 'help' && rest.some(isWord) ? [...words.slice(0, at), ...rest, '--help'] : words;
}

/** Commander answers `--help` after an unknown verb with the help of its parent and exit code 0; without the flag it is an error. */
function upToUnknownVerb(program: Command, words: readonly string[]): readonly string[] {
  let command: Command | undefined = program;
  for (const [index, word] of words.entries()) {
    if (!isWord(word)) continue;
    if (command.commands.length === 0 || word === 'help') return words;
    command = command.commands.find((candidate) => candidate.name() === word);
    if (command === undefined) return words.slice(0, index + 1).filter(isWord);
  }
  return words;
}

function isWord(argument: string): boolean {
  return !argument.startsWith('-');
}

/** A reader that closes the pipe early (`pressluft status | head`) is not an error. */
function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}
