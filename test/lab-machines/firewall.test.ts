import { describe, expect, test } from 'vitest';
import { errors } from '../../src/fleet/error-catalogue.ts';
import type { InboundRule } from '../../src/lab/machines/backend.ts';
import { renderRuleset } from '../../src/lab/network/firewall.ts';
import { labNames, machineName } from '../../src/lab/network/naming.ts';
import { subnetOf } from '../../src/lab/network/subnet.ts';

const names = labNames('demo');
const subnet = subnetOf(3);
const tcp = (port: string | undefined, ...sourceIps: readonly string[]): InboundRule => ({
  protocol: 'tcp',
  port,
  sourceIps,
});

function chainOf(...rules: readonly InboundRule[]): string {
  const text = renderRuleset(names, subnet, [{ octet: 10, rules }]);
  return /chain to_10 \{\n([^}]*(?:\{[^}]*\}[^}]*)*?)\n {2}\}\n {2}chain/.exec(text)?.[1] ?? '';
}

describe('the ruleset of a lab', () => {
  test('a machine with a firewall drops what no rule permits, and answers to its own connections pass', () => {
    const lines = chainOf(tcp('22', '0.0.0.0/0', '::/0'))
      .split('\n')
      .map((line) => line.trim());
    expect(lines).toEqual(['ct state established,related accept', 'tcp dport 22 accept', 'drop']);
  });

  test.each([
    [
      'a port range from two networks',
      tcp('8000-8010', '10.0.0.0/8', '192.0.2.7/32'),
      'ip saddr { 10.0.0.0/8, 192.0.2.7/32 } tcp dport 8000-8010 accept',
    ],
    ['any port', tcp('any', '0.0.0.0/0'), 'meta l4proto tcp accept'],
    [
      'ICMP',
      { protocol: 'icmp', port: undefined, sourceIps: ['0.0.0.0/0'] } as const,
      'meta l4proto icmp accept',
    ],
  ])('%s', (_, rule, line) => {
    expect(chainOf(rule)).toContain(`    ${line}\n`);
  });

  test('a rule for IPv6 alone permits nothing on an IPv4 network', () => {
    expect(chainOf(tcp('22', '::/0'))).not.toContain('dport 22 accept');
  });

  test('a machine without a firewall has no chain', () => {
    expect(renderRuleset(names, subnet, [])).not.toContain('vmap');
  });

  test.each([
    ['a port with more in it', tcp('22 accept; drop', '0.0.0.0/0')],
    ['a source that is no network', tcp('22', '0.0.0.0/0 } accept')],
    ['a prefix that is too long', tcp('22', '10.0.0.0/33')],
    ['an address with a zone', tcp('22', 'fe80::1%eth0/64')],
    [
      'an unknown protocol',
      { protocol: 'sctp', port: '1', sourceIps: ['0.0.0.0/0'] } as unknown as InboundRule,
    ],
  ])('%s is refused', (_, rule) => {
    expect(() => chainOf(rule)).toThrow(expect.objectContaining({ code: errors.flagInvalid }));
  });
});

describe('names of a lab', () => {
  test('fit into an interface name and differ between labs', () => {
    expect(machineName(names, 250).length).toBeLessThanOrEqual(15);
    expect(names.bridge.length).toBeLessThanOrEqual(15);
    expect(labNames('demo2').bridge).not.toBe(names.bridge);
  });

  test.each(['', '-a', 'a/b', 'A', '..', 'a'.repeat(41)])('%j is not a lab name', (name) => {
    expect(() => labNames(name)).toThrow(expect.objectContaining({ code: errors.flagInvalid }));
  });
});
