import type { ResourceKind } from '../../src/fleet/resource.ts';
import { load } from '../manifest/fleet-fixture.ts';
import { plant } from './field-fleet.ts';

/** The texts that a field accepts: those without a finding at the field itself. */
export function acceptedTexts(
  kind: ResourceKind,
  field: string,
  texts: readonly string[],
): readonly string[] {
  return texts.filter((text) => {
    const { files, file, lines } = plant(kind, field, text);
    const found = load(files).diagnostics.filter((each) => each.file === file && each.severity === 'error');
    return !found.some(({ line }) => lines.includes(line));
  });
}
