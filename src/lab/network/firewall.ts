import { isIP } from 'node:net';
import { errors } from '../../fleet/error-catalogue.ts';
import { PressluftError } from '../../fleet/errors.ts';
import type { InboundRule } from '../machines/backend.ts';
import { runTool } from '../machines/run-tool.ts';
import type { LabNames } from './naming.ts';
import { metadataAddress, metadataPort, type Subnet } from './subnet.ts';

export interface FirewalledMachine {
  readonly octet: number;
  readonly rules: readonly InboundRule[];
}

/** Replaces the lab's whole ruleset in one transaction: isolation, the metadata service and every machine's firewall. */
export async function applyRuleset(
  names: LabNames,
  subnet: Subnet,
  machines: readonly FirewalledMachine[],
): Promise<void> {
  await runTool('nft', ['-f', '-'], { input: renderRuleset(names, subnet, machines) });
}

export async function removeRuleset(names: LabNames): Promise<void> {
  await runTool('nft', ['delete', 'table', 'inet', names.nftTable], { allowFailure: true });
}

/** Names of this host's inet tables. */
export async function listTables(): Promise<readonly string[]> {
  const { stdout } = await runTool('nft', ['list', 'tables', 'inet'], { allowFailure: true });
  return stdout.split('\n').flatMap((line) => /^table inet (\S+)$/.exec(line.trim())?.[1] ?? []);
}

/**
 * The nft program. A machine reaches its own lab, the host and the metadata service; all other traffic is rejected instead of
 * dropped, so that programs inside fail at once. Neighbours of this host reach nothing of the lab: Linux accepts packets for an address
 * of any of its interfaces on all of them. Fails with `PL2001` on an invalid rule, so that no untrusted
 * text enters the program.
 */
export function renderRuleset(
  names: LabNames,
  subnet: Subnet,
  machines: readonly FirewalledMachine[],
): string {
  const chains = machines.map(
    (machine) =>
      `  chain to_${machine.octet} {\n    ct state established,related accept\n${machine.rules
        .map((rule) => `    ${renderRule(rule)}\n`)
        .join('')}    drop\n  }\n`,
  );
  const verdicts = machines.map(({ octet }) => `${subnet.addressOf(octet)} : jump to_${octet}`);
  const dispatch = verdicts.length === 0 ? '' : `    ip daddr vmap { ${verdicts.join(', ')} }\n`;
  return `table inet ${names.nftTable} {}
delete table inet ${names.nftTable}
table inet ${names.nftTable} {
  chain isolation {
    type filter hook prerouting priority mangle; policy accept;
    iifname != { "lo", "${names.bridge}" } ip daddr ${subnet.cidr} reject with icmp admin-prohibited
    iifname != "${names.bridge}" accept
    meta nfproto ipv6 drop
    ip daddr { ${subnet.cidr}, 255.255.255.255 } accept
    ip daddr ${metadataAddress} tcp dport 80 accept
    reject with icmp admin-prohibited
  }
  chain metadata {
    type nat hook prerouting priority dstnat; policy accept;
    iifname "${names.bridge}" ip daddr ${metadataAddress} tcp dport 80 dnat ip to ${subnet.hostAddress}:${metadataPort}
  }
${chains.join('')}  chain from_host {
    type filter hook output priority filter; policy accept;
${dispatch}  }
  chain between {
    type filter hook forward priority filter; policy accept;
${dispatch}  }
}
`;
}

function renderRule(rule: InboundRule): string {
  const sources = rule.sourceIps.map(parseNetwork);
  const v4 = sources.filter((source) => source.family === 4).map((source) => source.cidr);
  const match = renderMatch(rule);
  // The lab's network has no IPv6: a rule for IPv6 alone permits nothing there.
  if (v4.length === 0) return `# ${rule.protocol}: no IPv4 source`;
  if (v4.includes('0.0.0.0/0')) return `${match} accept`;
  return `ip saddr { ${v4.join(', ')} } ${match} accept`;
}

function renderMatch({ protocol, port }: InboundRule): string {
  switch (protocol) {
    case 'icmp':
    case 'esp':
    case 'gre':
      return `meta l4proto ${protocol}`;
    case 'tcp':
    case 'udp': {
      if (port === undefined || port === 'any') return `meta l4proto ${protocol}`;
      if (!/^\d{1,5}(-\d{1,5})?$/.test(port))
        throw new PressluftError(errors.flagInvalid, `"${port}" is not a port range`);
      return `${protocol} dport ${port}`;
    }
    default:
      throw new PressluftError(errors.flagInvalid, `"${String(protocol)}" is not a firewall protocol`);
  }
}

function parseNetwork(text: string): { readonly cidr: string; readonly family: 4 | 6 } {
  const [address = '', prefix = '', ...rest] = text.split('/');
  const family = isIP(address);
  const bits = prefix === '' ? 0 : Number(prefix);
  const valid = rest.length === 0 && /^\d{0,3}$/.test(prefix) && bits <= (family === 4 ? 32 : 128);
  if (family === 0 || !valid || address.includes('%')) {
    throw new PressluftError(errors.flagInvalid, `"${text.slice(0, 60)}" is not a network`);
  }
  return { cidr: prefix === '' ? address : `${address}/${prefix}`, family: family === 4 ? 4 : 6 };
}
