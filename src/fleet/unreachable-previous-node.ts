import type { NodeName, ProviderName } from './brand.ts';
import type { DesiredEnvironment, DesiredFleet } from './desired.ts';
import type { NodeState, ObservedFleet } from './observed.ts';
import type { RecordedFleet } from './recorded.ts';
import { resourceRef } from './resource.ts';

export interface KnownFleet {
  readonly desired: DesiredFleet;
  readonly observed: ObservedFleet;
  readonly recorded: RecordedFleet;
}

/**
 * The unreachable node, other than the desired one, where an environment was applied or its creation was interrupted. Its data may be there.
 * Null when there is no such node, or the node no longer exists.
 */
export function unreachablePreviousNode(
  { desired, observed, recorded }: KnownFleet,
  environment: DesiredEnvironment,
): NodeName | null {
  const status = recorded.status.get(environment.ref);
  const applied = status?.appliedDigest == null ? null : (status.node as NodeName | null);
  const previous = applied ?? recorded.interrupted?.get(environment.ref) ?? null;
  if (previous === null || previous === environment.node) return null;
  const node = observed.nodes.get(previous);
  if (node !== undefined) return notObservable.has(node.state) ? previous : null;
  // The node has no manifest any more: an existing host is never observed again, and a server is gone when its provider does not list it.
  const provider = recorded.status.get(resourceRef('Node', previous))?.provider as
    | ProviderName
    | null
    | undefined;
  if (provider == null || desired.providers.get(provider)?.machines !== 'acquired') return null;
  return observed.providers.get(provider)?.state === 'connected' ? null : previous;
}

const notObservable: ReadonlySet<NodeState> = new Set<NodeState>(['unknown', 'unreachable']);
