import type { DesiredNode } from '../fleet/desired.ts';
import { digestOf } from '../fleet/digest.ts';
import { firewallRules } from '../fleet/provider-firewall.ts';
import { resourceRef } from '../fleet/resource.ts';
import { makeAction } from './make-action.ts';
import { act, nothing, type PlanInput, type Planned } from './plan-input.ts';

/** Plans the repair of the provider's firewall of a node. An unreachable node gets it as well: closed ports can be the cause. */
export function planFirewall(input: PlanInput, node: DesiredNode): Planned {
  const { desired, observed } = input;
  const seen = observed.nodes.get(node.name);
  const manifest = desired.providers.get(node.provider);
  const changes = seen?.firewall ?? [];
  if (manifest?.machines !== 'acquired' || seen?.server == null || changes.length === 0) return nothing;
  return act(
    makeAction(input, {
      id: `node.firewall:${node.name}`,
      kind: 'node.firewall',
      resource: node.ref,
      target: { kind: 'node', node: node.name, provider: node.provider },
      reason: 'Drifted',
      message: 'set the firewall at the provider as described',
      cause: desired.locate(resourceRef('Provider', node.provider), '/spec/firewall') ?? null,
      changes,
      desiredDigest: digestOf({ firewall: firewallRules(manifest) }),
      dependsOn: [],
      exclusive: [`node/${node.name}`],
      found: { server: seen.server.id },
    }),
  );
}
