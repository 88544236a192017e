import type { DesiredCloudProvider, DesiredNode } from '../fleet/desired.ts';
import { digestOf } from '../fleet/digest.ts';
import { uidOf } from '../fleet/naming.ts';
import type { ObservedProvider, ObservedServer } from '../fleet/observed.ts';
import type { FieldChange } from '../fleet/plan.ts';
import { firewallName, firewallRules, ruleWords } from '../fleet/provider-firewall.ts';
import { resourceRef } from '../fleet/resource.ts';
import { makeAction } from './make-action.ts';
import { act, nothing, type PlanInput, type Planned } from './plan-input.ts';

/** Plans the repair of the provider's firewall of a node. An unreachable node gets it as well: closed ports can be the cause. */
export function planFirewall(input: PlanInput, node: DesiredNode): Planned {
  const { desired, observed } = input;
  const seen = observed.nodes.get(node.name);
  const manifest = desired.providers.get(node.provider);
  const provider = observed.providers.get(node.provider);
  if (manifest?.machines !== 'acquired' || provider === undefined) return nothing;
  // A server that is being created gets it by its creation.
  if (seen?.server == null || seen.identity != null || seen.state === 'absent') return nothing;
  const changes = driftOfFirewall(input, manifest, provider, seen.server);
  if (changes.length === 0) return nothing;
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

function driftOfFirewall(
  { desired }: PlanInput,
  manifest: DesiredCloudProvider,
  { firewalls }: ObservedProvider,
  server: ObservedServer,
): readonly FieldChange[] {
  // Unknown firewalls prove nothing.
  if (firewalls === undefined || server.firewalls === undefined) return [];
  const { fleet } = desired.config;
  const name = firewallName(fleet, manifest);
  const uid = uidOf(fleet, resourceRef('Provider', manifest.name));
  const found = firewalls.find((firewall) => firewall.uid === uid && firewall.name === name);
  if (found === undefined) {
    // A list may not have it yet; a server has it then.
    return server.firewalls.length > 0 ? [] : [{ field: 'firewall', before: null, after: name }];
  }
  const wanted = firewallRules(manifest).map(({ protocol, port, sourceIps }) =>
    ruleWords({ direction: 'in', protocol, port, addresses: sourceIps }),
  );
  const isAttached = found.servers.includes(server.id) || server.firewalls.includes(found.id);
  return [
    ...(sameTexts(found.rules, wanted)
      ? []
      : [{ field: 'firewall.rules', before: found.rules, after: wanted.toSorted() }]),
    ...(isAttached ? [] : [{ field: 'firewall.attached', before: false, after: true }]),
  ];
}

function sameTexts(a: readonly string[], b: readonly string[]): boolean {
  const [first, second] = [a.toSorted(), b.toSorted()];
  return first.length === second.length && first.every((text, at) => text === second[at]);
}
