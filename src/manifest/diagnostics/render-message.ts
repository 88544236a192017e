import { printable } from '../../fleet/printable.ts';
import type { Diagnostic } from './diagnostic.ts';

/** The finding and what to do about it as plain lines, for reports that have one field for text. */
export function messageLines({ message, expected, suggestion }: Diagnostic): readonly string[] {
  return [
    message,
    ...(expected === undefined ? [] : [`expected: ${expected}`]),
    ...(suggestion === undefined ? [] : [`hint: ${suggestion}`]),
  ].map(printable);
}
