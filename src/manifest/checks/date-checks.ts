import type { Json } from '../../fleet/digest.ts';
import { diagnosticCodes } from '../diagnostics/catalogue.ts';
import { quoted } from '../diagnostics/printable.ts';
import type { FieldProblem } from '../diagnostics/problem.ts';
import { stringAt, valueAt } from '../plain.ts';
import { dayExists } from '../resolve/local-time.ts';

/** Freezes that begin or end on a day that the calendar does not have. */
export function freezeDateChecks(value: Json): FieldProblem[] {
  const freezes = valueAt(value, 'spec', 'maintenance', 'freezes');
  if (!Array.isArray(freezes)) return [];
  return freezes.flatMap((freeze: Json, index) =>
    ['from', 'until'].flatMap((field) =>
      dateCheck(stringAt(freeze, field), ['spec', 'maintenance', 'freezes', String(index), field]),
    ),
  );
}

export function restoreDateChecks(value: Json): FieldProblem[] {
  return dateCheck(stringAt(value, 'spec', 'from', 'time'), ['spec', 'from', 'time']);
}

/** Texts of another form are the schema's business. */
function dateCheck(text: string | undefined, path: readonly string[]): FieldProblem[] {
  const date = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])(?=[Tt])/.exec(text ?? '')?.[0];
  if (date === undefined || dayExists(date)) return [];
  return [
    { code: diagnosticCodes.dateInvalid, message: `there is no day ${quoted(date)}`, path, at: 'value' },
  ];
}
