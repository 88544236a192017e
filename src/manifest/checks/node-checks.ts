import type { Json } from '../../fleet/digest.ts';
import { diagnosticCodes } from '../diagnostics/catalogue.ts';
import type { FieldProblem } from '../diagnostics/problem.ts';
import { stringAt } from '../plain.ts';
import { maxSwapMib, parseSizeMib } from '../resolve/units.ts';
import { timezoneCheck } from './schedule-checks.ts';

export function nodeChecks(value: Json): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const timezone = stringAt(value, 'spec', 'timezone');
  if (timezone !== undefined) problems.push(...timezoneCheck(timezone, ['spec', 'timezone']));
  const swap = parseSizeMib(stringAt(value, 'spec', 'swap') ?? '0') ?? 0;
  if (swap > maxSwapMib) {
    problems.push({
      code: diagnosticCodes.valueOutOfRange,
      message: 'spec.swap is too large',
      path: ['spec', 'swap'],
      at: 'value',
      expected: `at most ${maxSwapMib / 1024}GiB`,
    });
  }
  return problems;
}
