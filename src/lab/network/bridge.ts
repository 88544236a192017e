import { runTool } from '../machines/run-tool.ts';
import type { LabNames } from './naming.ts';
import type { Subnet } from './subnet.ts';

/**
 * Creates the lab's bridge with the host's address on it, unless it exists. `nf_call_iptables` lets packets from machine
 * to machine pass the host's inet hooks, where firewalls are enforced; without it firewalls only apply between host and machine.
 */
export async function ensureBridge(
  names: LabNames,
  subnet: Subnet,
): Promise<{ readonly filtersBetween: boolean }> {
  const { bridge } = names;
  const exists = await runTool('ip', ['link', 'show', 'dev', bridge], { allowFailure: true });
  if (exists.exitCode !== 0)
    await runTool('ip', ['link', 'add', bridge, 'type', 'bridge', 'forward_delay', '0']);
  const hooks = await runTool('ip', ['link', 'set', bridge, 'type', 'bridge', 'nf_call_iptables', '1'], {
    allowFailure: true,
  });
  await runTool('ip', ['addr', 'replace', `${subnet.hostAddress}/24`, 'dev', bridge]);
  await runTool('ip', ['link', 'set', bridge, 'up']);
  return { filtersBetween: hooks.exitCode === 0 };
}

export async function removeBridge(names: LabNames): Promise<void> {
  await runTool('ip', ['link', 'delete', names.bridge], { allowFailure: true });
}

/** Names of this host's network interfaces. */
export async function listInterfaces(): Promise<readonly string[]> {
  const { stdout } = await runTool('ip', ['-o', 'link', 'show']);
  return stdout.split('\n').flatMap((line) => /^\d+: ([^:@]+)/.exec(line)?.[1] ?? []);
}
