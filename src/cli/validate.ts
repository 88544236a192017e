import { resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { CommitSha } from '../fleet/brand.ts';
import { isPressluftError } from '../fleet/errors.ts';
import { exitCodes } from '../fleet/exit-codes.ts';
import { printable } from '../fleet/printable.ts';
import type { Refusal } from '../fleet/refusal.ts';
import { diagnosticCodes } from '../manifest/diagnostics/catalogue.ts';
import {
  type Diagnostic,
  githubSummaryBytes,
  type LoadedFleet,
  renderGithubSummary,
} from '../manifest/index.ts';
import { loadRecorded } from '../record/load-recorded.ts';
import type { CliContext, ReadOnlySession } from './context.ts';
import { addExamples, globalOptions } from './options.ts';
import { type ColorChoice, type Paint, paintFor } from './paint.ts';
import { refusalOf } from './refusal-of.ts';
import {
  inCheckout,
  prefixInCheckout,
  renderValidation,
  type ValidateFormat,
  type Validation,
  validateFormats,
  verdictLine,
} from './validate-render.ts';

/** A report that is written to a file. */
interface ReportFile {
  readonly format: ValidateFormat;
  readonly path: string;
}

interface ValidateFlags {
  readonly format: ValidateFormat;
  readonly report?: readonly ReportFile[];
  readonly strict: boolean;
}

export function registerValidate(command: Command, context: CliContext): void {
  command
    .argument('[dir]', 'directory that contains pressluft.yaml', '.')
    .addOption(new Option('--format <format>', 'output format').choices(validateFormats).default('text'))
    .option(
      '--report <format=file>',
      'also write the result to a file in this format; can be repeated',
      addReport,
    )
    .option('--strict', 'treat warnings as errors', false)
    .action((dir: string, flags: ValidateFlags) =>
      validate(context, dir, flags, globalOptions(command).color),
    );
  addExamples(
    command,
    'pressluft validate',
    'pressluft validate ./fleet --format json',
    'pressluft validate --format github --report sarif=pressluft.sarif --report junit=report/junit.xml',
  );
}

function addReport(text: string, before: readonly ReportFile[] = []): readonly ReportFile[] {
  const equals = text.indexOf('=');
  const format = validateFormats.find((candidate) => candidate === text.slice(0, equals));
  const path = text.slice(equals + 1);
  if (equals === -1 || format === undefined || path === '') {
    throw new InvalidArgumentError(`Expected FORMAT=FILE; FORMAT is one of ${validateFormats.join(', ')}.`);
  }
  return [...before, { format, path }];
}

/** Prints the findings and the contents of a directory, and writes the requested reports. */
async function validate(
  context: CliContext,
  dir: string,
  flags: ValidateFlags,
  color: ColorChoice,
): Promise<void> {
  const path = resolve(context.cwd, dir);
  const loaded = await context.loadDirectory(path);
  const diagnostics = flags.strict ? loaded.diagnostics.map(strictly) : loaded.diagnostics;
  const validation: Validation = {
    loaded: { ...loaded, diagnostics },
    valid: loaded.fleet !== undefined && !diagnostics.some(({ severity }) => severity === 'error'),
    prefix: prefixInCheckout(context, path),
    version: context.version,
    readOn: hasJobSummary(context) ? 'are in the summary of this job' : 'are listed by pressluft validate',
  };
  const { format } = flags;
  const paint = paintFor(context.stdout, context.env, color);
  context.stdout.write(renderValidation(validation, format, paint));
  if (format !== 'text') {
    context.stderr.write(verdictLine(validation, paintFor(context.stderr, context.env, color)));
  } else if (!validation.valid && context.stderr.isTTY === true) context.stderr.write(readMore(diagnostics));
  await tellRefusal(context, path, loaded, paintFor(context.stderr, context.env, color));
  if (format === 'github') await appendJobSummary(context, validation);
  const plain = paintFor(context.stdout, context.env, false);
  for (const report of flags.report ?? []) {
    const text = renderValidation(validation, report.format, plain);
    await context.files.write(resolve(context.cwd, report.path), text);
  }
  if (!validation.valid) context.setExitCode(exitCodes.input.code);
}

/** Only for terminals: a pipeline has the codes in its report. */
function readMore(diagnostics: readonly Diagnostic[]): string {
  const code =
    diagnostics.find(({ severity }) => severity === 'error')?.code ?? diagnosticCodes.configMissing;
  return `More about a problem: pressluft explain ${code}\n`;
}

function strictly(diagnostic: Diagnostic): Diagnostic {
  return diagnostic.severity === 'warning' ? { ...diagnostic, severity: 'error' } : diagnostic;
}

function hasJobSummary({ env }: CliContext): boolean {
  return env.GITHUB_STEP_SUMMARY !== undefined && env.GITHUB_STEP_SUMMARY !== '';
}

/** Warns if HEAD of a clone would be refused for its signatures. Silent if that cannot be decided without the network. */
async function tellRefusal(
  context: CliContext,
  path: string,
  { fleet }: LoadedFleet,
  paint: Paint,
): Promise<void> {
  if (fleet === undefined || fleet.config.allowedSigners.length === 0) return;
  const found = await inClone(context, path, (session) => refusalOfHead(session, fleet.config.statusBranch));
  if (found === null) return;
  const { code, message } = found.refusal;
  const head = `HEAD (${found.head.slice(0, 12)})`;
  context.stderr.write(`${paint.yellow(`${head} would not be applied: ${printable(message)}`)} (${code})\n`);
}

interface Found {
  readonly head: CommitSha;
  readonly refusal: Refusal;
}

async function refusalOfHead(session: ReadOnlySession, statusBranch: string): Promise<Found | null> {
  const { git, memory } = session;
  const head = await git.resolve('HEAD');
  if (head === null) return null;
  const { status } = await git.tips(statusBranch);
  const recorded = await loadRecorded(git, status, memory.statusCache);
  const refusal = await refusalOf({ ...session, deps: null }, recorded, head);
  return refusal === null ? null : { head, refusal };
}

async function inClone<T>(
  context: CliContext,
  path: string,
  work: (session: ReadOnlySession) => Promise<T>,
): Promise<T | null> {
  try {
    const session = await context.openReadOnlySession({ repo: path });
    try {
      return await work(session);
    } finally {
      await session.close();
    }
  } catch (error) {
    // Not a clone, a shallow clone, or no git: the check is skipped.
    if (isPressluftError(error)) return null;
    throw error;
  }
}

/** Adds a table of all findings to the summary of a GitHub job, within the space that earlier commands of the step have left. */
async function appendJobSummary({ env, files }: CliContext, validation: Validation): Promise<void> {
  const path = env.GITHUB_STEP_SUMMARY;
  if (path === undefined || path === '') return;
  const room = githubSummaryBytes - (await files.sizeBytes(path));
  const verdict = verdictLine(validation, paintFor({}, {}, false)).trimEnd();
  await files.append(path, renderGithubSummary(inCheckout(validation), verdict, Math.max(0, room)));
}
