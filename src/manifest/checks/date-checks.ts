import { diagnosticCodes } from '../diagnostics/catalogue.ts';
import { quoted } from '../diagnostics/printable.ts';
import type { FieldProblem } from '../diagnostics/problem.ts';
import { dayExists } from '../resolve/local-time.ts';

/** A day that the calendar does not have. The schema reports texts of another form. */
export function dateCheck(text: string | undefined, path: readonly string[]): FieldProblem[] {
  const date = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])(?=[Tt])/.exec(text ?? '')?.[0];
  if (date === undefined || dayExists(date)) return [];
  return [
    { code: diagnosticCodes.dateInvalid, message: `there is no day ${quoted(date)}`, path, at: 'value' },
  ];
}
