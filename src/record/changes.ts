import type { ResourceRef } from '../fleet/brand.ts';
import type { RecordedFleet, StatusDocument } from '../fleet/recorded.ts';
import type { Run } from '../fleet/run.ts';
import { lastingOffer } from './recorded-offer.ts';
import { renderRun, runPath } from './run-document.ts';
import { withoutGoodResults } from './status/site-details.ts';
import { renderStatus, statusPath } from './status/status-document.ts';

/** Files of the status branch to change; empty when nothing changed that justifies a commit. */
export function recordChanges(
  recorded: RecordedFleet,
  wanted: ReadonlyMap<ResourceRef, StatusDocument>,
  runs: readonly Run[],
): ReadonlyMap<string, string | null> {
  const changes = new Map<string, string | null>();
  const passing: StatusDocument[] = [];
  for (const [ref, status] of wanted) {
    const before = recorded.status.get(ref);
    // Compares values and not texts: rendering ten thousand documents takes seconds, and nearly all are unchanged.
    if (before !== undefined && isSame(before, status)) continue;
    if (before !== undefined && isSame(lasting(before), lasting(status))) passing.push(status);
    else changes.set(statusPath(ref), renderStatus(status));
  }
  for (const ref of recorded.status.keys()) if (!wanted.has(ref)) changes.set(statusPath(ref), null);
  for (const run of runs) changes.set(runPath(run), renderRun(run));
  if (changes.size > 0)
    for (const status of passing) changes.set(statusPath(status.ref), renderStatus(status));
  return changes;
}

/** Whether two documents differ in something that justifies a commit. */
export function hasChanged(before: StatusDocument, after: StatusDocument): boolean {
  return !isSame(before, after) && !isSame(lasting(before), lasting(after));
}

/** A document without values that change by themselves, which do not justify a commit. */
function lasting(status: StatusDocument): StatusDocument {
  const { serverTypes, observed } = status.details;
  const site = (observed as { readonly site?: unknown } | null | undefined)?.site;
  if (serverTypes === undefined && site === undefined) return status;
  return {
    ...status,
    details: {
      ...status.details,
      ...(serverTypes === undefined ? {} : { serverTypes: lastingOffer(serverTypes) }),
      ...(site === undefined
        ? {}
        : { observed: { ...(observed as object), site: withoutGoodResults(site) } }),
    },
  };
}

/** Equality of JSON values, independent of member order. An undefined member counts as absent. */
function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    return (
      Array.isArray(a) &&
      Array.isArray(b) &&
      a.length === b.length &&
      a.every((item, at) => isSame(item, b[at]))
    );
  }
  const [one, other] = [a as Record<string, unknown>, b as Record<string, unknown>];
  const keysOf = (value: Record<string, unknown>) =>
    Object.keys(value).filter((key) => value[key] !== undefined);
  const keys = keysOf(one);
  return keys.length === keysOf(other).length && keys.every((key) => isSame(one[key], other[key]));
}
