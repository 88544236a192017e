import { type ResourceKind, resourceKinds } from '../fleet/resource.ts';
import type { LoadedFleet, Severity } from '../manifest/index.ts';
import type { Paint } from './paint.ts';

/** What validation found, and how reports speak of it. */
export interface Validation {
  readonly loaded: LoadedFleet;
  readonly valid: boolean;
  /** Directory of the fleet in the checkout, with a slash at its end, or empty: forges want paths from the root. */
  readonly prefix: string;
  readonly version: string;
  /** Ends "12 more errors …" where not all of them can be shown. */
  readonly readOn: string;
}

/** `5 environments, 3 sites, 2 nodes in 12 files: valid, 1 warning`, and a newline. */
export function verdictLine(validation: Validation, paint: Paint): string {
  return `${contents(validation.loaded)}: ${verdict(validation, paint)}\n`;
}

function verdict({ loaded, valid }: Validation, paint: Paint): string {
  const number = (severity: Severity) =>
    loaded.diagnostics.filter((found) => found.severity === severity).length;
  const errors = count(number('error'), 'error');
  const first = valid ? paint.green('valid') : paint.red(errors);
  const warnings = number('warning');
  return warnings === 0 ? first : `${first}, ${paint.yellow(count(warnings, 'warning'))}`;
}

/** Kinds in the order in which people ask for them. */
const nouns = [
  ['Environment', 'environment'],
  ['Site', 'site'],
  ['Node', 'node'],
  ['Provider', 'provider'],
  ['BackupPolicy', 'backup policy'],
  ['BackupRepository', 'backup repository'],
  ['Backup', 'backup'],
  ['Restore', 'restore'],
  ['Promotion', 'promotion'],
] as const satisfies readonly (readonly [ResourceKind, string])[];

function contents({ resources, fileCount }: LoadedFleet): string {
  const numbers = new Map<ResourceKind, number>(resourceKinds.map((kind) => [kind, 0]));
  for (const { kind } of resources) numbers.set(kind, (numbers.get(kind) ?? 0) + 1);
  const counts = nouns.flatMap(([kind, noun]) => {
    const number = numbers.get(kind) ?? 0;
    return number === 0 ? [] : [count(number, noun)];
  });
  return `${counts.length === 0 ? 'no resources' : counts.join(', ')} in ${count(fileCount, 'file')}`;
}

function count(number: number, noun: string): string {
  if (number === 1) return `1 ${noun}`;
  return `${number} ${noun.endsWith('y') ? `${noun.slice(0, -1)}ies` : `${noun}s`}`;
}
