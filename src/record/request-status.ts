import type { ResourceRef } from '../fleet/brand.ts';
import { reasonEntry, reasons } from '../fleet/reasons.ts';
import type { StatusDocument } from '../fleet/recorded.ts';
import { type Finding, finding } from './conditions.ts';
import { document, type StatusContext } from './status-context.ts';
import { workOf } from './work-findings.ts';

/** Status of requested backups, restores and promotions. Final once the request is done. */
export function requestStatus(input: StatusContext): readonly StatusDocument[] {
  const { backups, restores, promotions } = input.desired;
  const requests = [...backups.values(), ...restores.values(), ...promotions.values()];
  return requests.flatMap(({ ref }) => {
    const before = input.recorded.status.get(ref);
    if (before !== undefined && isFinished(before)) return [before];
    const work = workOf(input.work, ref);
    const found: readonly Finding[] = work.length > 0 ? work : [finding('Unknown', reasons.Unknown.message)];
    return [document(input, ref, found, before?.details ?? {})];
  });
}

/** A request runs once, even if its manifest is removed and restored. So its record is never deleted. */
export function isKeptRequest(status: StatusDocument): boolean {
  return isRequest(status.ref) && isFinished(status);
}

function isRequest(ref: ResourceRef): boolean {
  return /^(backup|restore|promotion)\//.test(ref);
}

function isFinished({ appliedRevision, conditions }: StatusDocument): boolean {
  const isFinal = conditions.some(
    ({ status, reason }) => status === 'True' && reasonEntry(reason).final === true,
  );
  return appliedRevision !== null || isFinal;
}
