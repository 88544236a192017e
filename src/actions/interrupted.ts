import type { EnvironmentName, NodeName, ResourceRef, Uid } from '../fleet/brand.ts';
import type { DesiredFleet } from '../fleet/desired.ts';
import type { ObservedFleet } from '../fleet/observed.ts';
import type { RecordedFleet } from '../fleet/recorded.ts';
import type { Store } from '../ports/store.ts';

function storeKey(uid: Uid): string {
  return `interrupted/${uid}`;
}

/** Stores the node on which an environment is about to be created, before anything is created. */
export function rememberInterrupted(store: Store, uid: Uid, node: NodeName): void {
  if (store.getValue(storeKey(uid)) !== node) store.putValue(storeKey(uid), node);
}

export function forgetInterrupted(store: Store, uid: Uid): void {
  store.putValue(storeKey(uid), null);
}

/**
 * Adds interrupted creates to the records: the node of each started create whose environment is neither observed on its desired node nor recorded
 * as applied (after a kill or a lost push), or that another node reports as well.
 */
export function withInterrupted(
  store: Store,
  desired: DesiredFleet,
  observed: ObservedFleet,
  recorded: RecordedFleet,
): RecordedFleet {
  const elsewhere = foundElsewhere(desired, observed);
  const interrupted = new Map<ResourceRef, NodeName>();
  for (const { ref, name, node, uid } of desired.environments.values()) {
    const isHere = observed.nodes.get(node)?.environments.has(name) === true;
    const isRecorded = recorded.status.get(ref)?.appliedDigest != null;
    if ((isHere || isRecorded) && !elsewhere.has(name)) continue;
    const known = store.getValue(storeKey(uid));
    if (known !== null) interrupted.set(ref, known as NodeName);
  }
  return interrupted.size === 0 ? recorded : { ...recorded, interrupted };
}

/** Desired environments that another node than the desired one reports. */
function foundElsewhere(
  { environments }: DesiredFleet,
  { nodes }: ObservedFleet,
): ReadonlySet<EnvironmentName> {
  const found = [...nodes.values()].flatMap((node) =>
    [...node.environments.keys()].filter((name) => {
      const environment = environments.get(name);
      return environment !== undefined && environment.node !== node.name;
    }),
  );
  return new Set(found);
}
