import type { CliContext } from './context.ts';

/** The one result of a command for programs: indented JSON and a newline on standard output. */
export function writeJson({ stdout }: CliContext, value: unknown): void {
  stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}
