import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorCatalogue } from '../src/fleet/error-catalogue.ts';
import { diagnosticCatalogue } from '../src/manifest/diagnostics/catalogue.ts';

/** The generated page, relative to the root of the project. */
export const errorsPage = 'docs/errors.md';

/** Tables of all codes, from the two catalogues. Ends with a newline. */
export function renderErrorsPage(): string {
  return `${[...intro, ...diagnostics(), '', ...operatingErrors()].join('\n')}\n`;
}

const intro: readonly string[] = [
  '# Codes',
  '',
  '<!-- Made by `npm run docs` from src/fleet/error-catalogue.ts and src/manifest/diagnostics/catalogue.ts. -->',
  '',
  'Every problem that Pressluft expects has a code that never changes its meaning. The thousands tell where to look:',
  '',
  '| codes | about | exit code |',
  '|---|---|---|',
  '| `PL1…` | manifests | 2 |',
  '| `PL2…` | flags and configuration | 2 |',
  '| `PL3…` | the machine that Pressluft runs on: tools, Git, store, lab | 3 |',
  '| `PL4…` | providers and nodes | 4 |',
  '| `PL6…` | held back on purpose | 6 |',
  '| `PL9…` | a defect in Pressluft | 1 |',
  '',
];

function diagnostics(): readonly string[] {
  const rows = Object.entries(diagnosticCatalogue).map(([code, { severity, title, cause, cure }]) =>
    row([`\`${code}\``, severity, `**${title}.** ${cause}`, cure]),
  );
  return [
    '## Diagnostics of manifests',
    '',
    'Printed by `pressluft validate` with file, line, column and an excerpt. An error puts the file on hold with all that depends on it.',
    '',
    row(['code', 'severity', 'what is wrong', 'what to do']),
    '|---|---|---|---|',
    ...rows.sort(),
  ];
}

const retryWords = { never: 'no', backoff: 'yes', after: 'yes' } as const;

function operatingErrors(): readonly string[] {
  const rows = Object.entries(errorCatalogue).map(([code, { title, retry }]) =>
    row([`\`${code}\``, title, retryWords[retry.kind]]),
  );
  return [
    '## Operating errors',
    '',
    'The message names the case, and most come with a hint. "Tried again" means: after 1, 5 and 15 minutes, then the resource is stalled',
    '([operations](operations.md#retries)). A single error may differ from its code here, e.g. when the provider says when to come back.',
    '',
    row(['code', 'what is wrong', 'tried again']),
    '|---|---|---|',
    ...rows.sort(),
  ];
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
}

if (import.meta.main) {
  const path = join(import.meta.dirname, '..', errorsPage);
  const page = renderErrorsPage();
  if (readFileSync(path, { encoding: 'utf8', flag: 'a+' }) !== page) writeFileSync(path, page);
}
