import type { DesiredFleet, DesiredNode } from './desired.ts';
import { uidOf } from './naming.ts';
import type { ObservedNode, ObservedProvider } from './observed.ts';
import type { FieldChange } from './plan.ts';
import { firewallName, firewallRules, ruleWords } from './provider-firewall.ts';
import { resourceRef } from './resource.ts';

/** How the provider's firewall of a node differs from the described one, as changes back to it. */
export function firewallDrift(
  { config, providers }: DesiredFleet,
  node: DesiredNode,
  { firewalls }: ObservedProvider,
  { server, state, identity }: ObservedNode,
): readonly FieldChange[] {
  const manifest = providers.get(node.provider);
  // A server that is being created gets it by its creation. Unknown firewalls prove nothing.
  if (manifest?.machines !== 'acquired' || firewalls === undefined || server?.firewalls === undefined)
    return [];
  if (identity != null || state === 'absent') return [];
  const name = firewallName(config.fleet, manifest);
  const uid = uidOf(config.fleet, resourceRef('Provider', manifest.name));
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
      : [{ field: 'firewall.rules', before: found.rules.slice(0, maxShown), after: wanted.toSorted() }]),
    ...(isAttached ? [] : [{ field: 'firewall.attached', before: false, after: true }]),
  ];
}

/** Rules in records and plans; the provider allows 50 of each direction. */
const maxShown = 100;

function sameTexts(a: readonly string[], b: readonly string[]): boolean {
  const [first, second] = [a.toSorted(), b.toSorted()];
  return first.length === second.length && first.every((text, at) => text === second[at]);
}
