import type { Json } from '../../fleet/digest.ts';
import { quoted } from '../diagnostics/printable.ts';
import type { FieldProblem } from '../diagnostics/problem.ts';
import { stringAt } from '../plain.ts';
import { maxSwapMib, parseSizeMib } from '../resolve/units.ts';

export function nodeChecks(value: Json): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const timezone = stringAt(value, 'spec', 'timezone');
  if (timezone !== undefined && !isTimezone(timezone)) {
    problems.push({
      code: 'PL1046',
      message: `there is no time zone ${quoted(timezone)}`,
      path: ['spec', 'timezone'],
      at: 'value',
      expected: 'a name of the IANA database such as Europe/Berlin',
    });
  }
  const swap = parseSizeMib(stringAt(value, 'spec', 'swap') ?? '0') ?? 0;
  if (swap > maxSwapMib) {
    problems.push({
      code: 'PL1035',
      message: 'spec.swap is too large',
      path: ['spec', 'swap'],
      at: 'value',
      expected: `at most ${maxSwapMib / 1024}GiB`,
    });
  }
  return problems;
}

function isTimezone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return !/^[+-]/.test(name);
  } catch {
    return false;
  }
}
