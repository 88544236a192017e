import type { Uid } from './brand.ts';
import type { DesiredCloudProvider } from './desired.ts';

/** A rule for incoming traffic. */
export interface FirewallRule {
  readonly protocol: 'tcp' | 'udp' | 'icmp';
  readonly port: string | null;
  readonly sourceIps: readonly string[];
  readonly description: string;
}

/** A firewall of this fleet at its provider. */
export interface ObservedFirewall {
  readonly id: number;
  readonly name: string;
  readonly uid: Uid | null;
  /** Its rules, as {@link ruleWords}. */
  readonly rules: readonly string[];
  /** Ids of the servers that it is applied to. */
  readonly servers: readonly number[];
}

/** Name of the firewall of all nodes of a provider. */
export function firewallName(fleet: string, provider: Pick<DesiredCloudProvider, 'name'>): string {
  return `${fleet}-${provider.name}`;
}

export function firewallRules({
  firewall: { sshFrom, webFrom },
}: DesiredCloudProvider): readonly FirewallRule[] {
  const tcp = (port: string, sourceIps: readonly string[], description: string): FirewallRule => ({
    protocol: 'tcp',
    port,
    sourceIps,
    description,
  });
  return [tcp('22', sshFrom, 'ssh'), tcp('80', webFrom, 'http'), tcp('443', webFrom, 'https')];
}

/** A rule in one line, for comparing and showing: `in tcp 22 from 0.0.0.0/0, ::/0`. */
export function ruleWords(rule: {
  readonly direction: string;
  readonly protocol: string;
  readonly port: string | null;
  readonly addresses: readonly string[];
}): string {
  const { direction, protocol, port, addresses } = rule;
  const range = /^(\d+)-(\d+)$/.exec(port ?? '');
  // A single port may come back as a range of one.
  const ports = range !== null && range[1] === range[2] ? range[1] : port;
  const list = [...new Set(addresses.map((address) => address.toLowerCase()))].sort().join(', ');
  return [direction, protocol, ports ?? '', direction === 'in' ? 'from' : 'to', list]
    .filter((word) => word !== '')
    .join(' ');
}
