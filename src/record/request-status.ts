import type { ResourceRef } from '../fleet/brand.ts';
import { reasonEntry, reasons } from '../fleet/reasons.ts';
import type { StatusDocument } from '../fleet/recorded.ts';
import { type Finding, finding } from './conditions.ts';
import { document, type StatusContext } from './status-context.ts';
import { workOf } from './work-findings.ts';

/** Backups, restores and promotions that were asked for by name: what keeps them, until they are carried out. */
export function requestStatus(input: StatusContext): readonly StatusDocument[] {
  const { backups, restores, promotions } = input.desired;
  const requests = [...backups.values(), ...restores.values(), ...promotions.values()];
  return requests.flatMap(({ ref }) => {
    const before = input.recorded.status.get(ref);
    if (before !== undefined && isCarriedOut(before)) return [before];
    const work = workOf(input.work, ref);
    const found: readonly Finding[] = work.length > 0 ? work : [finding('Unknown', reasons.Unknown.message)];
    return [document(input, ref, found, before?.details ?? {})];
  });
}

/** A request is carried out once, also when its manifest is removed and comes back: its record is never dropped. */
export function isKeptRequest(status: StatusDocument): boolean {
  return isRequest(status.ref) && isCarriedOut(status);
}

function isRequest(ref: ResourceRef): boolean {
  return /^(backup|restore|promotion)\//.test(ref);
}

function isCarriedOut({ appliedRevision, conditions }: StatusDocument): boolean {
  const isFinal = conditions.some(
    ({ status, reason }) => status === 'True' && reasonEntry(reason).final === true,
  );
  return appliedRevision !== null || isFinal;
}
