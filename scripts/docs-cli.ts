import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import type { CliContext } from '../src/cli/context.ts';
import { type Verb, verbs } from '../src/cli/verbs.ts';
import { exitCodes } from '../src/fleet/exit-codes.ts';

/** The page with the tables of the command line, each between two markers. */
export const cliPage = join(import.meta.dirname, '../docs/operations.md');

/** The expected page: everything between the markers of a table comes from the code. */
export async function renderCliTables(page: string): Promise<string> {
  const rows = await Promise.all(verbs.map(verbRow));
  const codes = Object.values(exitCodes).map(({ code, meaning }) => `| ${code} | ${meaning} |`);
  const withVerbs = replaceTable(page, 'verbs', ['| verb | |', '|---|---|', ...rows]);
  return replaceTable(withVerbs, 'exit codes', ['| exit code | meaning |', '|---|---|', ...codes]);
}

async function verbRow(verb: Verb): Promise<string> {
  const command = new Command(verb.name);
  // Registering reads nothing of the context; only actions do.
  (await verb.load())(command, {} as CliContext);
  const children = command.commands.map((child) => child.name()).join('|');
  const usage = children === '' ? command.usage().replace(/^\[options\] ?/, '') : children;
  return `| \`${`${verb.name} ${usage}`.trim().replaceAll('|', '\\|')}\` | ${verb.summary} |`;
}

function replaceTable(page: string, name: string, lines: readonly string[]): string {
  const begin = `<!-- ${name}: made by \`npm run docs\` -->`;
  const end = `<!-- end of ${name} -->`;
  const [before, rest] = page.split(begin);
  const [, after] = rest?.split(end) ?? [];
  if (before === undefined || after === undefined) throw new Error(`no markers of the table of ${name}`);
  return `${before}${begin}\n\n${lines.join('\n')}\n\n${end}${after}`;
}

if (import.meta.main) {
  writeFileSync(cliPage, await renderCliTables(readFileSync(cliPage, 'utf8')));
}
