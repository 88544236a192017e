import type { InboundRule } from '../machines/backend.ts';
import { isRecord, readFields } from './fields.ts';
import { parseLabelSelector } from './label-selector.ts';
import type { FirewallRule, FirewallTarget, StoredFirewall, StoredServer } from './model.ts';

/** Hetzner allows 50 rules in a firewall (docs.hetzner.com, "Cloud Firewalls"). */
const maxRules = 50;
const protocols = ['tcp', 'udp', 'icmp', 'esp', 'gre'] as const;
const portPattern = /^(?:any|\d{1,5}(?:-\d{1,5})?)$/;
const cidrPattern = /^(?:\d{1,3}(?:\.\d{1,3}){3}\/\d{1,2}|[0-9a-f:.]*:[0-9a-f:.]*\/\d{1,3})$/i;

export function isTarget(firewall: StoredFirewall, server: StoredServer): boolean {
  return firewall.appliedTo.some((target) =>
    target.type === 'server'
      ? target.server.id === server.id
      : parseLabelSelector(target.label_selector.selector)(server.labels),
  );
}

/** The inbound rules of a server; undefined when no firewall is applied to it and all traffic is allowed. */
export function inboundRules(
  firewalls: readonly StoredFirewall[],
  server: StoredServer,
): readonly InboundRule[] | undefined {
  const applied = firewalls.filter((firewall) => isTarget(firewall, server));
  if (applied.length === 0) return undefined;
  return applied
    .flatMap((firewall) => firewall.rules)
    .filter((rule) => rule.direction === 'in')
    .map((rule) => ({ protocol: rule.protocol, port: rule.port ?? undefined, sourceIps: rule.source_ips }));
}

/** Reads and checks the `rules` of a request body. Throws `invalid_input`. */
export function readRules(body: unknown, required: boolean): FirewallRule[] {
  const fields = readFields(body);
  const items = fields.array('rules');
  if (required && items === undefined) fields.problem('rules', 'is required');
  if (items && items.length > maxRules) fields.problem('rules', `at most ${maxRules} rules are allowed`);
  const rules = (items ?? []).map((item, index) => {
    const problem = (name: string, message: string) => fields.problem(`rules[${index}].${name}`, message);
    return readRule(isRecord(item) ? item : {}, problem);
  });
  fields.done();
  return rules;
}

/** Reads the servers and selectors of `apply_to` or `remove_from`. Throws `invalid_input`. */
export function readTargets(
  body: unknown,
  name: 'apply_to' | 'remove_from',
  required: boolean,
): FirewallTarget[] {
  const fields = readFields(body);
  const items = fields.array(name);
  if (required && items === undefined) fields.problem(name, 'is required');
  const targets = (items ?? []).flatMap((item, index): FirewallTarget[] => {
    const target = toTarget(item);
    if (target === undefined) fields.problem(`${name}[${index}]`, 'must be a server or a label selector');
    return target ? [target] : [];
  });
  fields.done();
  for (const target of targets) {
    if (target.type === 'label_selector') parseLabelSelector(target.label_selector.selector);
  }
  return targets;
}

export function sameTarget(a: FirewallTarget, b: FirewallTarget): boolean {
  if (a.type === 'server') return b.type === 'server' && a.server.id === b.server.id;
  return b.type === 'label_selector' && a.label_selector.selector === b.label_selector.selector;
}

function toTarget(item: unknown): FirewallTarget | undefined {
  if (!isRecord(item)) return undefined;
  const { type, server, label_selector: selector } = item;
  if (type === 'server' && isRecord(server) && typeof server.id === 'number') {
    return { type, server: { id: server.id } };
  }
  if (type === 'label_selector' && isRecord(selector) && typeof selector.selector === 'string') {
    return { type, label_selector: { selector: selector.selector } };
  }
  return undefined;
}

function readRule(
  item: Record<string, unknown>,
  problem: (name: string, message: string) => void,
): FirewallRule {
  const protocol = protocols.find((candidate) => candidate === item.protocol);
  const direction = item.direction === 'in' || item.direction === 'out' ? item.direction : undefined;
  const port = typeof item.port === 'string' ? item.port : null;
  const description = typeof item.description === 'string' ? item.description : null;
  if (protocol === undefined) problem('protocol', `must be one of ${protocols.join(', ')}`);
  if (direction === undefined) problem('direction', 'must be in or out');
  if (protocol === 'tcp' || protocol === 'udp') {
    if (port === null || !isPort(port)) problem('port', 'must be a port, a range or any');
  } else if (port !== null) {
    problem('port', `is not allowed with ${protocol}`);
  }
  if (description !== null && description.length > 255) problem('description', 'is too long');
  const sources = readCidrs(item.source_ips, () => problem('source_ips', 'must be CIDR networks'));
  const destinations = readCidrs(item.destination_ips, () =>
    problem('destination_ips', 'must be CIDR networks'),
  );
  if (direction === 'in' && sources.length === 0) problem('source_ips', 'is required for inbound rules');
  if (direction === 'out' && destinations.length === 0)
    problem('destination_ips', 'is required for outbound rules');
  return {
    description,
    direction: direction ?? 'in',
    source_ips: sources,
    destination_ips: destinations,
    protocol: protocol ?? 'tcp',
    port,
  };
}

function isPort(text: string): boolean {
  if (!portPattern.test(text)) return false;
  if (text === 'any') return true;
  const [from = 0, to = from] = text.split('-').map(Number);
  return from >= 1 && from <= to && to <= 65_535;
}

function readCidrs(value: unknown, problem: () => void): string[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value) && value.every((item) => typeof item === 'string' && cidrPattern.test(item))) {
    return [...(value as string[])];
  }
  problem();
  return [];
}
