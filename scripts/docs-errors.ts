import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type CodeEntry,
  type CodeExample,
  codeEntries,
  codePagePath,
  renderCodePage,
} from '../src/cli/explain-code.ts';
import { exitCodes } from '../src/fleet/exit-codes.ts';
import { markdownText } from '../src/manifest/index.ts';
import { badDirectory, goldenFiles, goodDirectory } from '../test/support/golden-manifests.ts';

const docs = join(import.meta.dirname, '..', 'docs');

/** The index of all codes and the page of each, by path below `docs/`: from the two catalogues and the golden tests. */
export function renderErrorPages(): ReadonlyMap<string, string> {
  const pages = codeEntries.map((entry): [string, string] => [
    codePagePath(entry.code),
    renderCodePage(entry, exampleOf(entry.code)),
  ]);
  return new Map([['errors.md', renderIndex()], ...pages]);
}

/** The existing pages, by path below `docs/`. */
export function presentErrorPages(): readonly string[] {
  const folder = join(docs, 'errors');
  const names = existsSync(folder) ? readdirSync(folder) : [];
  return ['errors.md', ...names.map((name) => `errors/${name}`)];
}

/** The first case of a code is shown with its output for this code; files without text are only described. */
function exampleOf(code: string): CodeExample | undefined {
  const [name] = readdirSync(badDirectory)
    .filter((file) => file.startsWith(code) && file.endsWith('.golden.txt'))
    .map((file) => file.slice(0, -'.golden.txt'.length))
    .sort();
  if (name === undefined) return undefined;
  const printed = readFileSync(join(badDirectory, `${name}.golden.txt`), 'utf8')
    .split('\n\n')
    .filter((block) => block.includes(` ${code}: `))
    .slice(0, 4)
    .join('\n\n');
  return { bad: goldenFiles(badDirectory, name), printed, good: goldenFiles(goodDirectory, code) };
}

function renderIndex(): string {
  const diagnostics = codeEntries.filter(({ kind }) => kind === 'diagnostic');
  const errors = codeEntries.filter(({ kind }) => kind === 'error');
  return `${[
    ...intro,
    '## Diagnostics of manifests',
    '',
    'Printed by `pressluft validate` with file, line, column and an excerpt. An error blocks the file and everything that depends on it.',
    '',
    '| code | severity | what is wrong |',
    '|---|---|---|',
    ...diagnostics.map(indexRow),
    '',
    '## Operating errors',
    '',
    'The message names the case, and most come with a hint. "Tried again" means: after 1, 5 and 15 minutes, then the resource is stalled',
    '([operations](operations.md#retries)). A single error may differ from its code here, e.g. when the provider says when to come back.',
    '',
    '| code | tried again | what is wrong |',
    '|---|---|---|',
    ...errors.map(indexRow),
  ].join('\n')}\n`;
}

const intro: readonly string[] = [
  '# Codes',
  '',
  '<!-- Made by `npm run docs`, as are the pages in errors/, from the catalogues in src/ and the golden tests. -->',
  '',
  'Every problem that Pressluft expects has a code that never changes its meaning. Each has a page with cause, cure and example;',
  '`pressluft explain PL1012` prints it. The thousands digit names the area:',
  '',
  '| codes | about | exit code |',
  '|---|---|---|',
  `| \`PL1…\` | manifests | ${exitCodes.input.code} |`,
  `| \`PL2…\` | flags, configuration and secrets | ${exitCodes.input.code} |`,
  `| \`PL3…\` | the machine that Pressluft runs on: tools, Git, store, lab | ${exitCodes.environment.code} |`,
  `| \`PL4…\` | providers and nodes | ${exitCodes.remote.code} |`,
  `| \`PL6…\` | blocked on purpose | ${exitCodes.blocked.code} |`,
  `| \`PL9…\` | a defect in Pressluft | ${exitCodes.defect.code} |`,
  '',
];

function indexRow(entry: CodeEntry): string {
  const about = entry.kind === 'diagnostic' ? entry.severity : entry.retry === 'never' ? 'no' : 'yes';
  return `| [\`${entry.code}\`](${codePagePath(entry.code)}) | ${about} | ${markdownText(entry.title).replaceAll('|', '\\|')} |`;
}

if (import.meta.main) {
  const pages = renderErrorPages();
  mkdirSync(join(docs, 'errors'), { recursive: true });
  for (const path of presentErrorPages()) if (!pages.has(path)) rmSync(join(docs, path));
  for (const [path, page] of pages) {
    const full = join(docs, path);
    if (!existsSync(full) || readFileSync(full, 'utf8') !== page) writeFileSync(full, page);
  }
}
