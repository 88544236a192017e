import { type FleetIndex, type Located, referred } from '../../fleet-index.ts';
import { stringAt } from '../../plain.ts';
import { systemDefaults } from '../../resolve/system-defaults.ts';

/** Location of a node of a cloud provider: its own, else that of its provider. */
export function locationOf(index: FleetIndex, { document }: Located): string {
  const provider = referred(index, document, 'provider')?.document.value;
  return (
    stringAt(document.value, 'spec', 'location') ??
    stringAt(provider, 'spec', 'location') ??
    systemDefaults.location
  );
}
