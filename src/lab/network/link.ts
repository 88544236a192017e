import { readdir } from 'node:fs/promises';
import { runTool } from '../machines/run-tool.ts';
import { type LabNames, machineName } from './naming.ts';
import { metadataAddress, type Subnet } from './subnet.ts';

/**
 * Gives a machine a new network namespace with `eth0` on the lab's bridge. A machine gets a new one at every boot:
 * nft rules and sysctls of the last boot must not survive, as on hardware. There is no IPv6 and no route to the
 * outside: the host rejects traffic that is neither for the lab nor for the metadata service.
 */
export async function createLink(
  names: LabNames,
  subnet: Subnet,
  octet: number,
  cut: boolean,
): Promise<void> {
  const name = machineName(names, octet);
  await removeLink(name);
  await runTool('ip', ['netns', 'add', name]);
  await runTool('ip', ['-batch', '-'], {
    input: [
      `link add ${name} type veth peer name eth0 address ${subnet.macOf(octet)} netns ${name}`,
      `link set ${name} master ${names.bridge} ${cut ? 'down' : 'up'}`,
      '',
    ].join('\n'),
  });
  await runTool('ip', ['netns', 'exec', name, 'sysctl', '-qw', 'net.ipv6.conf.eth0.disable_ipv6=1'], {
    allowFailure: true,
  });
  await runTool('ip', ['-n', name, '-batch', '-'], {
    input: [
      'link set lo up',
      `addr add ${subnet.addressOf(octet)}/24 dev eth0`,
      'link set eth0 up',
      `route add default via ${subnet.hostAddress}`,
      `route add ${metadataAddress} via ${subnet.hostAddress}`,
      '',
    ].join('\n'),
  });
}

/** Removes namespace and link; missing ones are not an error. The link is removed with its namespace only once no process is left in it. */
export async function removeLink(name: string): Promise<void> {
  await runTool('ip', ['link', 'delete', name], { allowFailure: true });
  await runTool('ip', ['netns', 'delete', name], { allowFailure: true });
}

export async function setLinkCut(name: string, cut: boolean): Promise<void> {
  await runTool('ip', ['link', 'set', name, cut ? 'down' : 'up']);
}

/** Names of this host's network namespaces. */
export async function listNamespaces(): Promise<readonly string[]> {
  return readdir('/run/netns').catch(() => []);
}
