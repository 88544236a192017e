import { canonicalJson } from '../../fleet/digest.ts';
import type { FirewallRule } from '../../ports/cloud.ts';
import type { ProviderRule } from './resources.ts';

/** Whether the provider has exactly these rules. Neither the order of rules nor that of addresses means anything. */
export function sameRules(found: readonly ProviderRule[], wanted: readonly FirewallRule[]): boolean {
  const normalFound = found.map(normalOfFound).sort();
  const normalWanted = wanted.map(normalOfWanted).sort();
  return (
    normalFound.length === normalWanted.length && normalFound.every((rule, i) => rule === normalWanted[i])
  );
}

/** The rules in the provider's form. `port` is only allowed where the protocol has ports. */
export function ruleBodies(rules: readonly FirewallRule[]): readonly Readonly<Record<string, unknown>>[] {
  return rules.map((rule) => ({
    direction: 'in',
    protocol: rule.protocol,
    source_ips: rule.sourceIps,
    ...(rule.protocol === 'icmp' || rule.port === null ? {} : { port: rule.port }),
    ...(rule.description === '' ? {} : { description: rule.description }),
  }));
}

function normalOfWanted(rule: FirewallRule): string {
  return normal({
    direction: 'in',
    protocol: rule.protocol,
    port: rule.protocol === 'icmp' ? null : rule.port,
    sourceIps: rule.sourceIps,
    destinationIps: [],
    description: rule.description,
  });
}

/** A single port may come back as a range of one. */
function normalOfFound(rule: ProviderRule): string {
  const range = /^(\d+)-(\d+)$/.exec(rule.port ?? '');
  const port = range !== null && range[1] === range[2] ? (range[1] ?? null) : rule.port;
  return normal({ ...rule, port: port === '' ? null : port });
}

function normal(rule: ProviderRule): string {
  return canonicalJson({
    ...rule,
    sourceIps: addresses(rule.sourceIps),
    destinationIps: addresses(rule.destinationIps),
  });
}

function addresses(list: readonly string[]): readonly string[] {
  return [...new Set(list.map((address) => address.toLowerCase()))].sort();
}
