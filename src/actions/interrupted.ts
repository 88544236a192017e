import type { EnvironmentName, NodeName, ResourceRef, Uid } from '../fleet/brand.ts';
import type { DesiredFleet } from '../fleet/desired.ts';
import type { ObservedFleet } from '../fleet/observed.ts';
import type { RecordedFleet } from '../fleet/recorded.ts';
import type { Store } from '../ports/store.ts';

function storeKey(uid: Uid): string {
  return `interrupted/${uid}`;
}

/** Writes down on which node an environment is about to be made, before anything of it is there. */
export function rememberInterrupted(store: Store, uid: Uid, node: NodeName): void {
  if (store.getValue(storeKey(uid)) !== node) store.putValue(storeKey(uid), node);
}

export function forgetInterrupted(store: Store, uid: Uid): void {
  store.putValue(storeKey(uid), null);
}

/**
 * The records, with the nodes on which environments were begun that are neither seen where they should be nor recorded as applied (a kill
 * or a lost push may have come between), or that another node says it has, too.
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

/** Described environments that some other node than their own says it has. */
function foundElsewhere(
  { environments }: DesiredFleet,
  { nodes }: ObservedFleet,
): ReadonlySet<EnvironmentName> {
  const found = [...nodes.values()].flatMap((node) =>
    [...node.environments.keys()].filter((name) => {
      const wished = environments.get(name);
      return wished !== undefined && wished.node !== node.name;
    }),
  );
  return new Set(found);
}
