import { ApiError } from '../../../src/lab/cloud/api-error.ts';
import type { ApiReply } from '../../../src/lab/cloud/cloud.ts';
import type { Labels, SimServer } from './model.ts';
import type { Access, SimHetzner, SimRequest } from './sim-hetzner.ts';

/** Operations of people in the console. Each returns whether it was possible. */
export interface CloudPeople {
  /** Any request of the API; null when it is refused. */
  send(method: string, path: string, body?: unknown): ApiReply | null;
  /** The actions that the request starts have ended already. */
  sendNow(method: string, path: string, body?: unknown): ApiReply | null;
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
  const send: CloudPeople['send'] = (method, path, body) => ask({ method, path, body });
  const sendNow: CloudPeople['send'] = (method, path, body) => ask({ method, path, body, isImmediate: true });
  const ask = (request: Omit<SimRequest, 'by'>): ApiReply | null => {
    try {
      return account.answer({ ...request, by });
    } catch (error) {
      if (error instanceof ApiError) return null;
      throw error;
    }
  };
  /** Of a server that has this status, at once. */
  const power = (id: number, status: 'running' | 'off', name: 'poweroff' | 'poweron') =>
    account.servers.get(id)?.status === status && sendNow('POST', `/servers/${id}/actions/${name}`) !== null;
  return {
    send,
    sendNow,
    createServer: (name, labels = {}) => {
      const order = { name, labels, server_type: 'cx23', location: 'fsn1', image: 'debian-12' };
      if (send('POST', '/servers', order) === null) return null;
      return [...account.servers.values()].find((server) => server.name === name) ?? null;
    },
    deleteServer: (id) => send('DELETE', `/servers/${id}`) !== null,
    relabel: (id, labels) => send('PUT', `/servers/${id}`, { labels }) !== null,
    powerOff: (id) => power(id, 'running', 'poweroff'),
    powerOn: (id) => !account.isBroken(id) && power(id, 'off', 'poweron'),
    deleteKey: (id) => send('DELETE', `/ssh_keys/${id}`) !== null,
    deleteFirewall: (id) => send('DELETE', `/firewalls/${id}`) !== null,
    rotateToken: (token, access = 'read-write') => {
      account.tokens.clear();
      account.tokens.set(token, access);
    },
    expireTokens: () => account.tokens.clear(),
  };
}
