import type { Json } from '../../fleet/digest.ts';
import { diagnosticCodes } from '../diagnostics/catalogue.ts';
import { quoted } from '../diagnostics/printable.ts';
import type { FieldProblem } from '../diagnostics/problem.ts';
import { stringAt } from '../plain.ts';
import { systemDefaults } from '../resolve/system-defaults.ts';
import { reservedName } from './unreachable-names.ts';

/** A preview domain that the public DNS never has: preview URLs work only where somebody resolves them otherwise. */
export function previewDomainChecks(value: Json): FieldProblem[] {
  const preview = stringAt(value, 'spec', 'previewDomain');
  const name = preview === undefined ? undefined : reservedName(preview);
  if (preview === undefined || name === undefined) return [];
  const message = `preview URLs below ${quoted(preview)} lead nowhere: the public DNS never has names below ${quoted(name)}`;
  const expected = 'a domain whose wildcard names resolve to the address in them';
  const suggestion = systemDefaults.previewDomain;
  const path = ['spec', 'previewDomain'];
  return [{ code: diagnosticCodes.previewDomainMissing, message, path, at: 'value', expected, suggestion }];
}
