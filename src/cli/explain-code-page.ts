import { markdownText } from '../manifest/index.ts';
import type { CodeEntry } from './explain-code-entry.ts';

export interface ExampleFile {
  readonly path: string;
  readonly text: string;
}

/** Manifests that have the problem, what is printed about them, and how they should be. */
export interface CodeExample {
  readonly bad: readonly ExampleFile[];
  readonly printed: string;
  readonly good: readonly ExampleFile[];
}

/** Path of the page of a code below `docs/`. */
export function codePagePath(code: string): string {
  return `errors/${code}.md`;
}

/** What a code means and what to do, in Markdown; ends with a newline. */
export function renderCodePage(entry: CodeEntry, example: CodeExample | undefined): string {
  const { code, title, cause, cure } = entry;
  const sections = [
    `# ${code}: ${markdownText(title)}`,
    summary(entry),
    '## What it means',
    markdownText(cause),
    '## What to do',
    markdownText(cure),
    ...(example === undefined ? [] : exampleSections(example)),
  ];
  return `${sections.join('\n\n')}\n`;
}

function summary(entry: CodeEntry): string {
  if (entry.kind === 'error') {
    const again = entry.retry === 'never' ? 'not tried again by itself' : 'tried again after a while';
    return `Operating error; ${again}; exit code ${entry.exitCode}.`;
  }
  switch (entry.severity) {
    case 'error':
      return 'An error in a manifest; what the file describes stays as it is until it is corrected. Exit code 2.';
    case 'warning':
      return 'A warning about a manifest; exit code 0, or 2 with `--strict`.';
    case 'info':
      return 'A note about a manifest; exit code 0.';
    default:
      return entry.severity satisfies never;
  }
}

function exampleSections({ bad, printed, good }: CodeExample): readonly string[] {
  return [
    '## Example',
    ...bad.map(fenced),
    `\`pressluft validate\` prints:\n\n${fence('text', printed)}`,
    ...(good.length === 0 ? [] : ['How it should be:', ...good.map(fenced)]),
  ];
}

function fenced({ path, text }: ExampleFile): string {
  return `\`${path}\`\n\n${fence('yaml', text)}`;
}

/** Longer than any run of backticks inside. */
function fence(language: string, text: string): string {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map((run) => run.length));
  const mark = '`'.repeat(longest + 1);
  return `${mark}${language}\n${text.trimEnd()}\n${mark}`;
}
