import type { ResourceRef, Uid } from '../../src/fleet/brand.ts';
import { fleetLabel, resourceLabel, uidLabel } from '../../src/fleet/naming.ts';
import type { CloudServer } from '../../src/ports/cloud.ts';
import type { ProviderAccount, ProviderAdapter } from '../../src/ports/provider.ts';

export interface MemoryProvider {
  readonly adapter: ProviderAdapter;
  /** Servers by name, over all accounts. */
  readonly servers: ReadonlyMap<string, CloudServer>;
  /** Tokens by endpoint. */
  readonly accounts: readonly string[];
}

/** A complete provider in memory, written against the ports only: servers exist at once, keys and firewalls are stored. */
export function memoryProvider(): MemoryProvider {
  const servers = new Map<string, CloudServer>();
  let lastId = 0;
  const accounts: string[] = [];
  return {
    servers,
    accounts,
    adapter: {
      endpointVariable: 'PRESSLUFT_MEMORY_ENDPOINT',
      open: async () => (endpoint, token) => {
        accounts.push(`${token} to ${endpoint}`);
        return memoryAccount(servers, () => ++lastId);
      },
    },
  };
}

function memoryAccount(servers: Map<string, CloudServer>, nextId: () => number): ProviderAccount {
  const byId = (id: number) => [...servers.values()].find((server) => server.id === id) ?? null;
  return {
    check: async () => undefined,
    mayWrite: async () => true,
    serverTime: () => null,
    listServers: async (fleet) => [...servers.values()].filter(({ labels }) => labels[fleetLabel] === fleet),
    listServerTypes: async () => [],
    findServer: async (name) => servers.get(name) ?? null,
    getServer: async (id) => byId(id),
    createServer: async ({ name, serverType, location, image, labels }) => {
      const id = nextId();
      const server: CloudServer = {
        id,
        name,
        status: 'running',
        ipv4: `203.0.113.${id}`,
        serverType,
        location,
        image,
        resource: (labels[resourceLabel] ?? '').replace('.', '/') as ResourceRef,
        uid: (labels[uidLabel] ?? '') as Uid,
        labels,
      };
      servers.set(name, server);
      return { server, actions: [] };
    },
    deleteServer: async (id) => {
      servers.delete(byId(id)?.name ?? '');
      return [];
    },
    powerOn: async () => [],
    ensureKey: async (name, publicKey, labels) => ({ id: 1, name, fingerprint: '', publicKey, labels }),
    ensureFirewall: async (name, rules, labels) => ({ id: 1, name, rules, labels }),
    listFirewalls: async () => [],
    applyFirewall: async () => undefined,
    deleteFirewall: async () => undefined,
    deleteKey: async () => undefined,
    waitForActions: async () => undefined,
  };
}
