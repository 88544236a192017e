import type { ResourceRef } from '../fleet/brand.ts';
import type { DesiredFleet } from '../fleet/desired.ts';
import type { FieldChange } from '../fleet/plan.ts';
import type { SourcePosition } from '../fleet/resource.ts';

/** Fields of a task whose manifest field has another name; all others differ in case only. */
const renamed: Readonly<Record<string, string>> = {
  hosts: 'domains',
  site_url: 'domains/primary',
  noindex: 'access/noindex',
  php_versions: 'php/versions',
  swap_mib: 'swap',
};

/** Where the first changed field is written; the manifest itself when the change comes from elsewhere. */
export function causeOf(
  desired: DesiredFleet,
  ref: ResourceRef,
  changes: readonly FieldChange[] = [],
): SourcePosition | null {
  const field = changes[0]?.field;
  const pointer = field === undefined ? '' : `/spec/${pointerOf(field)}`;
  return desired.locate(ref, pointer) ?? desired.locate(ref, '') ?? null;
}

function pointerOf(field: string): string {
  const segments = field.split('.');
  const head = segments[0] ?? '';
  const rest = segments.slice(1).map(camelCase);
  return [renamed[head] ?? camelCase(head), ...rest].join('/');
}

function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
