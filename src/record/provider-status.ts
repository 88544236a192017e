import type { ObservedProvider } from '../fleet/observed.ts';
import { reasons } from '../fleet/reasons.ts';
import type { StatusDocument } from '../fleet/recorded.ts';
import { resourceRef } from '../fleet/resource.ts';
import { finding } from './conditions.ts';
import { recordedOffer } from './server-type-lines.ts';
import { document, type StatusContext } from './status-context.ts';

export function providerStatus(input: StatusContext): readonly StatusDocument[] {
  return [...input.desired.providers.values()].map((provider) => {
    const seen = input.observed.providers.get(provider.name);
    const found = finding(seen?.reason ?? 'Unknown', seen?.message ?? reasons.Unknown.message);
    const ref = resourceRef('Provider', provider.name);
    const details = provider.machines === 'existing' ? {} : offerDetails(input, ref, seen);
    return document(input, ref, [found], details);
  });
}

/** A provider that did not answer keeps its recorded server types. */
function offerDetails(
  { recorded, at }: StatusContext,
  ref: StatusDocument['ref'],
  seen: ObservedProvider | undefined,
): StatusDocument['details'] {
  const serverTypes = seen?.serverTypes ?? null;
  if (serverTypes !== null) return { serverTypes: recordedOffer(serverTypes, at) };
  const before = recorded.status.get(ref)?.details.serverTypes;
  return before === undefined ? {} : { serverTypes: before };
}
