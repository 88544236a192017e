import { printable } from '../../fleet/printable.ts';
import type { Diagnostic } from './diagnostic.ts';
import { messageLines } from './render-message.ts';

/** GitHub drops a larger job summary: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#adding-a-job-summary */
export const githubSummaryBytes = 1024 * 1024;

/** A Markdown table of all findings, of at most `maxBytes` bytes of UTF-8; its last row counts the findings that did not fit. */
export function renderGithubSummary(
  diagnostics: readonly Diagnostic[],
  verdict: string,
  maxBytes: number = githubSummaryBytes,
): string {
  const head = `## Pressluft: manifests\n\n${literal(verdict)}\n`;
  if (diagnostics.length === 0) return within(head, maxBytes);
  const top = `${head}\n| | place | code | problem |\n|---|---|---|---|\n`;
  const rows: string[] = [];
  let bytes = Buffer.byteLength(top);
  // Space for the row that counts the others is reserved until the last finding.
  const reserve = Buffer.byteLength(moreRow(diagnostics.length));
  for (const [index, diagnostic] of diagnostics.entries()) {
    const text = row(diagnostic);
    const size = Buffer.byteLength(text);
    const last = index === diagnostics.length - 1;
    if (bytes + size + (last ? 0 : reserve) > maxBytes) {
      rows.push(moreRow(diagnostics.length - index));
      break;
    }
    rows.push(text);
    bytes += size;
  }
  return within(`${top}${rows.join('')}`, maxBytes);
}

function row(diagnostic: Diagnostic): string {
  const { severity, file, line, column, code } = diagnostic;
  const place = `${literal(printable(file))}:${line}:${column}`;
  return `| ${severity} | ${place} | ${code} | ${messageLines(diagnostic).map(literal).join('<br>')} |\n`;
}

function moreRow(count: number): string {
  return `| | | | … and ${count} more: run \`pressluft validate\` to see all |\n`;
}

/** Empty when not even the heading fits. */
function within(text: string, maxBytes: number): string {
  return Buffer.byteLength(text) <= maxBytes ? text : '';
}

/** Text that Markdown shows unchanged: possible markup, HTML, links and mentions become character references. */
function literal(text: string): string {
  return text
    .replace(/(?!: |:$)[^\p{L}\p{N} ,.;/?…'"()+=%-]/gu, (character) => `&#${character.codePointAt(0)};`)
    .replace(/www\./gi, (match) => `${match.slice(0, 3)}&#46;`);
}
