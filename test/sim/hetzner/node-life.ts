import type { NodeName, ResourceRef } from '../../../src/fleet/brand.ts';
import { errors } from '../../../src/fleet/error-catalogue.ts';
import { isPressluftError } from '../../../src/fleet/errors.ts';
import { ownerLabels, serverName, uidOf } from '../../../src/fleet/naming.ts';
import type { Cloud, FirewallRule, ServerRequest } from '../../../src/ports/cloud.ts';

const labels = ownerLabels('shop', 'node/web' as ResourceRef, uidOf('shop', 'node/web' as ResourceRef));

export const publicKey =
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl controller';

export const webServer: ServerRequest = {
  name: serverName('shop', 'web' as NodeName),
  serverType: 'cx23',
  location: 'fsn1',
  image: 'debian-12',
  sshKeyIds: [],
  firewallIds: [],
  userData: '#cloud-config\n',
  labels,
};

const rules: readonly FirewallRule[] = [
  { protocol: 'tcp', port: '22', sourceIps: ['0.0.0.0/0'], description: 'ssh' },
];

/** The work of a controller for a node: resolves with the id of a running server. A defective server is replaced once. */
export async function provideServer(cloud: Cloud): Promise<number> {
  try {
    return await provideOnce(cloud);
  } catch (error) {
    if (!isPressluftError(error, errors.providerActionFailed)) throw error;
    await removeServerOf(cloud);
    return provideOnce(cloud);
  }
}

export async function removeServerOf(cloud: Cloud): Promise<void> {
  const server = await cloud.findServer(webServer.name);
  if (server === null) return;
  await cloud.waitForActions(await cloud.deleteServer(server.id), { timeoutMs: 300_000 });
}

/** Null for an expected error; any other error is a defect. */
export async function tolerant<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (isPressluftError(error) && error.code !== errors.internal) return null;
    throw error;
  }
}

async function provideOnce(cloud: Cloud): Promise<number> {
  const key = await cloud.ensureKey('shop-pressluft', publicKey, labels);
  const firewall = await cloud.ensureFirewall('shop-cloud', rules, labels);
  const request = { ...webServer, sshKeyIds: [key.id], firewallIds: [firewall.id] };
  const { server, actions } = await cloud.createServer(request);
  await cloud.waitForActions(actions, { timeoutMs: 600_000 });
  const seen = await cloud.getServer(server.id);
  if (seen?.status === 'off') {
    await cloud.waitForActions(await cloud.powerOn(server.id), { timeoutMs: 600_000 });
  }
  return server.id;
}
