import { printable } from '../../fleet/printable.ts';
import type { Diagnostic } from './diagnostic.ts';
import { isError } from './diagnostic.ts';
import { messageLines } from './render-message.ts';
import { renderDiagnosticsText } from './render-text.ts';

/**
 * The findings as JUnit XML (the dialect of Jenkins' xUnit plugin, which GitLab reads as well). Every error is a failed test of
 * its own, because readers show only the first failure of a test. Every file without errors is a passed test that contains its
 * warnings, so that a clean run is not an empty report. `files` are all files with manifests.
 */
export function renderJunit(diagnostics: readonly Diagnostic[], files: readonly string[]): string {
  const byFile = new Map<string, Diagnostic[]>();
  for (const file of files) byFile.set(file, []);
  for (const found of diagnostics) {
    const all = byFile.get(found.file);
    if (all === undefined) byFile.set(found.file, [found]);
    else all.push(found);
  }
  const cases = [...byFile].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).flatMap(casesOf);
  const failures = diagnostics.filter(isError).length;
  const counts = `name="pressluft validate" tests="${cases.length}" failures="${failures}" errors="0"`;
  return `${[
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${counts}>`,
    `  <testsuite ${counts}>`,
    ...cases,
    '  </testsuite>',
    '</testsuites>',
  ].join('\n')}\n`;
}

function casesOf([file, found]: readonly [string, readonly Diagnostic[]]): readonly string[] {
  const errors = found.filter(isError);
  const others = found.filter((diagnostic) => !isError(diagnostic));
  if (errors.length === 0) return [passed(file, others)];
  // Warnings have no test of their own there; they are added to the first error.
  return errors.map((error, index) => failed(error, index === 0 ? others : []));
}

function passed(file: string, others: readonly Diagnostic[]): string {
  const start = `    <testcase ${attributes({ classname: 'manifests', name: printable(file) })}`;
  return others.length === 0 ? `${start}/>` : `${start}>\n${output(others)}    </testcase>`;
}

function failed(error: Diagnostic, others: readonly Diagnostic[]): string {
  const { code, file, line, column } = error;
  const name = `${printable(file)}:${line}:${column} ${code}`;
  const failure = attributes({ type: code, message: messageLines(error).join('; ') });
  return [
    `    <testcase ${attributes({ classname: 'manifests', name })}>`,
    `      <failure ${failure}>${escaped(renderDiagnosticsText([error]))}</failure>`,
    `${output(others)}    </testcase>`,
  ].join('\n');
}

function output(diagnostics: readonly Diagnostic[]): string {
  if (diagnostics.length === 0) return '';
  return `      <system-out>${escaped(renderDiagnosticsText(diagnostics))}</system-out>\n`;
}

function attributes(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(' ');
}

/** All characters that XML 1.0 cannot represent, not even as a reference: https://www.w3.org/TR/xml/#charsets */
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose
const notXml = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

const references: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

function escaped(text: string): string {
  return text
    .toWellFormed()
    .replace(notXml, '\ufffd')
    .replace(/[&<>"']/g, (character) => references[character] ?? character);
}
