import type { Json } from '../../../fleet/digest.ts';
import { reservedEnvironmentNames } from '../../../fleet/reserved-names.ts';
import { diagnosticCodes } from '../../diagnostics/catalogue.ts';
import { quoted } from '../../diagnostics/printable.ts';
import type { FieldProblem } from '../../diagnostics/problem.ts';
import { stringAt } from '../../plain.ts';

/** Names that a node uses itself. */
export function reservedNameChecks(value: Json): FieldProblem[] {
  const name = stringAt(value, 'metadata', 'name');
  if (name === undefined || !Object.hasOwn(reservedEnvironmentNames, name)) return [];
  const message = `an environment cannot be named ${quoted(name)}: ${reservedEnvironmentNames[name]}`;
  return [
    {
      code: diagnosticCodes.nameReserved,
      message,
      path: ['metadata', 'name'],
      at: 'value',
      expected: 'another name, e.g. with the name of the site: acme-production',
    },
  ];
}
