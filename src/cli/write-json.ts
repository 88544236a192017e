import type { CliContext } from './context.ts';
import { jsonText } from './json-text.ts';

/** The one result of a command for programs: indented JSON and a newline on standard output. */
export function writeJson({ stdout }: CliContext, value: unknown): void {
  stdout.write(jsonText(value));
}
