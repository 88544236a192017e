import { type FleetIndex, type Located, referred } from '../../fleet-index.ts';
import { stringAt } from '../../plain.ts';
import { cloudTypeOf } from '../provider/types/index.ts';

/** Location of a node of a cloud provider: its own, or else that of its provider. Empty when there is no such provider. */
export function locationOf(index: FleetIndex, { document }: Located): string {
  const provider = referred(index, document, 'provider')?.document.value;
  return (
    stringAt(document.value, 'spec', 'location') ??
    stringAt(provider, 'spec', 'location') ??
    cloudTypeOf(provider)?.location ??
    ''
  );
}
