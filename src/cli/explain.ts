import type { Command } from 'commander';
import { errors } from '../fleet/error-catalogue.ts';
import { PressluftError } from '../fleet/errors.ts';
import { nearest, plainText } from '../manifest/index.ts';
import type { CliContext } from './context.ts';
import { type CodeEntry, codeEntries, codePagePath, renderCodePage } from './explain-code.ts';
import type { ExplainFlags } from './explain-resource-action.ts';
import { writeJson } from './json-text.ts';
import { addExamples, addRepositoryOptions, type Format, formatOption, globalOptions } from './options.ts';
import { type ColorChoice, type Paint, paintFor } from './paint.ts';

export function registerExplain(command: Command, context: CliContext): void {
  addRepositoryOptions(command)
    .argument('<code|resource>', 'a code such as PL1012, or a resource such as environment/acme-production')
    .addOption(formatOption())
    .action((subject: string, flags: ExplainFlags) =>
      explain(context, subject, flags, globalOptions(command).color),
    );
  addExamples(
    command,
    'pressluft explain PL1012',
    'pressluft explain environment/acme-production --repo https://git.example.org/fleet.git',
  );
}

/** Codes need only the installation. The code for resources is loaded when it is needed. */
async function explain(
  context: CliContext,
  subject: string,
  flags: ExplainFlags,
  color: ColorChoice,
): Promise<void> {
  if (looksLikeCode(subject)) {
    return explainCode(context, subject, flags.format, color);
  }
  const { explainResource } = await import('./explain-resource-action.ts');
  return explainResource(context, subject, flags, color);
}

/** True for misspelt codes, too, but not for the name of a node such as `web-1`, for which a kind is suggested. */
function looksLikeCode(subject: string): boolean {
  return /^[a-z]{0,2}-?\d{2,}$|^pl-?\d+$/i.test(subject);
}

/** Prints the page of a code, without the example if the manual is not installed. Throws PL2001 for an unknown code. */
async function explainCode(
  context: CliContext,
  subject: string,
  format: Format,
  color: ColorChoice,
): Promise<void> {
  const entry = findCode(subject.toUpperCase());
  if (format === 'json') return writeJson(context, { version: 1, ...entry });
  const page = (await context.files.manualPage(codePagePath(entry.code))) ?? renderCodePage(entry, undefined);
  context.stdout.write(terminalText(page, paintFor(context.stdout, context.env, color)));
}

function findCode(code: string): CodeEntry {
  const entry = codeEntries.find((candidate) => candidate.code === code);
  if (entry !== undefined) return entry;
  const guess = nearest(
    code,
    codeEntries.map((candidate) => candidate.code),
  );
  throw new PressluftError(errors.flagInvalid, `there is no code ${code.slice(0, 40)}`, {
    hint: guess === undefined ? 'Codes look like PL1012.' : `Did you mean ${guess}?`,
  });
}

/** Renders a Markdown page for a terminal: bold headings, indented code blocks, no markup. */
function terminalText(page: string, paint: Paint): string {
  const lines: string[] = [];
  let fence: string | undefined;
  for (const line of page.split('\n')) {
    const mark = /^`{3,}/.exec(line)?.[0];
    if (fence === undefined && mark !== undefined) fence = mark;
    else if (fence !== undefined && line === fence) fence = undefined;
    else if (fence !== undefined) lines.push(line === '' ? '' : `  ${line}`);
    else if (line.startsWith('<!--')) continue;
    else if (line.startsWith('#')) lines.push(paint.bold(plainText(line.replace(/^#+ /, ''))));
    else lines.push(plainText(line).replaceAll('`', ''));
  }
  return lines.join('\n').replaceAll(/\n{3,}/g, '\n\n');
}
