import { printable } from '../../fleet/printable.ts';
import type { Diagnostic } from './diagnostic.ts';

/** The finding with its expectation and hint as plain lines, for reports with a single text field. */
export function messageLines({ message, expected, suggestion }: Diagnostic): readonly string[] {
  return [
    message,
    ...(expected === undefined ? [] : [`expected: ${expected}`]),
    ...(suggestion === undefined ? [] : [`hint: ${suggestion}`]),
  ].map(printable);
}
