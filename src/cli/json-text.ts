import type { CliContext } from './context.ts';

/** Prints the result of a command for programs: indented JSON and a newline on standard output. */
export function writeJson({ stdout }: CliContext, value: unknown): void {
  stdout.write(jsonText(value));
}

/** Characters that JSON does not escape and that can control or deceive a terminal: DEL, C1, line separators, bidirectional and invisible controls. */
const terminalControl = /[\u007f-\u009f\u2028\u2029\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;

/** Indented JSON and a newline, escaped so that it is safe to print on a terminal. The value stays the same. */
export function jsonText(value: unknown): string {
  const text = JSON.stringify(value, null, 2);
  return `${text.replace(terminalControl, escaped)}\n`;
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
