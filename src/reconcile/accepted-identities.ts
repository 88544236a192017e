import type { Plan } from '../fleet/plan.ts';
import { isIdentityReason } from '../fleet/reasons.ts';
import type { RecordedFleet } from '../fleet/recorded.ts';
import type { ActionResult } from '../fleet/run.ts';

/**
 * The records without the identity of nodes that were created, or that a person accepted as they are now, once the action for it has
 * succeeded: what is observed next is recorded as theirs.
 */
export function withAccepted(
  recorded: RecordedFleet,
  { actions }: Plan,
  results: readonly ActionResult[],
): RecordedFleet {
  const done = new Set(results.filter(({ outcome }) => outcome === 'succeeded').map(({ action }) => action));
  const accepted = actions.filter(
    ({ id, kind, reason, target }) =>
      done.has(id) && (kind === 'node.create' || (target.kind === 'node' && isIdentityReason(reason))),
  );
  if (accepted.length === 0) return recorded;
  const status = new Map(recorded.status);
  for (const { resource } of accepted) {
    const document = status.get(resource);
    if (document === undefined) continue;
    const { server: _, ipv4: __, machineId: ___, ...details } = document.details;
    status.set(resource, { ...document, details, appliedDigest: null });
  }
  return { ...recorded, status };
}
