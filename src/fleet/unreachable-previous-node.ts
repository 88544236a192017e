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
 * The node, other than the wished one, on which an environment is known to have been applied or begun and which cannot be looked at now. Its data
 * may be there. Null when there is no such node, or nothing of it is left.
 */
export function unreachablePreviousNode(
  { desired, observed, recorded }: KnownFleet,
  environment: DesiredEnvironment,
): NodeName | null {
  const status = recorded.status.get(environment.ref);
  const applied = status?.appliedDigest == null ? null : (status.node as NodeName | null);
  const home = applied ?? recorded.interrupted?.get(environment.ref) ?? null;
  if (home === null || home === environment.node) return null;
  const node = observed.nodes.get(home);
  if (node !== undefined) return unseen.has(node.state) ? home : null;
  // It is not described any more: a host of one's own is never looked at again, and a server is gone once its provider says so.
  const provider = recorded.status.get(resourceRef('Node', home))?.provider as
    | ProviderName
    | null
    | undefined;
  if (provider == null || desired.providers.get(provider)?.machines !== 'acquired') return null;
  return observed.providers.get(provider)?.state === 'connected' ? null : home;
}

const unseen: ReadonlySet<NodeState> = new Set<NodeState>(['unknown', 'unreachable']);
