import type { Labels, SimServer } from './model.ts';
import { bootServer, layServer, removeServer } from './server-life.ts';
import type { Access, SimHetzner } from './sim-hetzner.ts';

/** Operations of people in the console. Each returns whether it was possible. */
export interface CloudPeople {
  createServer(name: string, labels?: Labels): SimServer | null;
  deleteServer(id: number): boolean;
  relabel(id: number, labels: Labels): boolean;
  powerOff(id: number): boolean;
  powerOn(id: number): boolean;
  deleteKey(id: number): boolean;
  deleteFirewall(id: number): boolean;
  /** Makes this token the only valid one. */
  rotateToken(token: string, access?: Access): void;
  expireTokens(): void;
}

export function cloudPeople(account: SimHetzner, by: string): CloudPeople {
  const unlocked = (id: number): SimServer | null => {
    const server = account.servers.get(id);
    return server === undefined || server.lockedBy !== null ? null : server;
  };
  return {
    createServer: (name, labels = {}) => {
      const ipv4 = account.serverNamed(name) === undefined ? account.addresses.take() : null;
      if (ipv4 === null) return null;
      const order = { name, labels, serverType: 'cx23', location: 'fsn1', image: 'debian-12' };
      const rest = { userData: '', authorizedKeys: [], firewallIds: [] };
      const { server } = layServer(account, { ...order, ...rest }, ipv4, 'success');
      account.note(by, 'POST', '/servers', server);
      return server;
    },
    deleteServer: (id) => {
      const server = unlocked(id);
      if (server === null) return false;
      account.note(by, 'DELETE', '/servers/{id}', server);
      removeServer(account, server, 'success', false);
      return true;
    },
    relabel: (id, labels) => {
      const server = account.servers.get(id);
      if (server === undefined) return false;
      account.note(by, 'PUT', '/servers/{id}', server);
      server.labels = labels;
      return true;
    },
    powerOff: (id) => {
      const server = unlocked(id);
      if (server?.status !== 'running') return false;
      account.note(by, 'POST', '/servers/{id}/actions/poweroff', server);
      server.status = 'off';
      account.machines.powerOff(server.ipv4);
      return true;
    },
    powerOn: (id) => {
      const server = unlocked(id);
      if (server?.status !== 'off' || server.broken) return false;
      account.note(by, 'POST', '/servers/{id}/actions/poweron', server);
      bootServer(account, server);
      return true;
    },
    deleteKey: (id) => {
      const key = account.keys.get(id);
      if (key !== undefined) account.note(by, 'DELETE', '/ssh_keys/{id}', key);
      return account.keys.delete(id);
    },
    deleteFirewall: (id) => {
      const firewall = account.firewalls.get(id);
      if (firewall === undefined || firewall.appliedTo.size > 0) return false;
      account.note(by, 'DELETE', '/firewalls/{id}', firewall);
      return account.firewalls.delete(id);
    },
    rotateToken: (token, access = 'read-write') => {
      account.tokens.clear();
      account.tokens.set(token, access);
    },
    expireTokens: () => account.tokens.clear(),
  };
}
