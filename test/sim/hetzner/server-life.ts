import type { ActionFate, Labels, SimAction, SimServer } from './model.ts';
import type { SimHetzner } from './sim-hetzner.ts';

export interface ServerOrder {
  readonly name: string;
  readonly serverType: string;
  readonly location: string;
  readonly image: string;
  readonly userData: string;
  readonly authorizedKeys: readonly string[];
  readonly firewallIds: readonly number[];
  readonly labels: Labels;
}

/** Delay of lists in seconds. */
const lagSeconds: readonly [number, number] = [1, 40];

/** A new server at an address: created, then started with a delay. */
export function layServer(
  account: SimHetzner,
  order: ServerOrder,
  ipv4: string,
  fate: ActionFate,
): { readonly server: SimServer; readonly create: SimAction; readonly start: SimAction } {
  const { firewallIds, ...rest } = order;
  const server: SimServer = {
    ...rest,
    id: account.nextId(),
    createdMs: account.nowMs,
    ipv4,
    status: 'initializing',
    lockedBy: null,
    hasMachine: false,
    broken: false,
    listedFromMs: account.nowMs + account.hidesNewForMs,
  };
  account.servers.set(server.id, server);
  for (const id of firewallIds) account.firewalls.get(id)?.appliedTo.add(server.id);
  const resources = [{ id: server.id, type: 'server' }] as const;
  const create = account.actions.open('create_server', resources);
  const start = account.actions.open('start_server', resources);
  server.lockedBy = create.id;
  account.actions.run(create, {
    fate,
    effect: () => {
      server.status = 'starting';
    },
    ended: (hadEffect) => {
      if (hadEffect) runStart(account, server, start, 'success');
      else {
        server.status = 'off';
        server.lockedBy = null;
        server.broken = account.random.chance(0.5);
        account.actions.end(start, true);
      }
    },
  });
  return { server, create, start };
}

/** Switches a server on; no effect on a running one. */
export function startServer(account: SimHetzner, server: SimServer, fate: ActionFate): SimAction {
  const action = account.actions.open('start_server', [{ id: server.id, type: 'server' }]);
  runStart(account, server, action, server.broken ? 'error-before' : fate);
  return action;
}

export function removeServer(
  account: SimHetzner,
  server: SimServer,
  fate: ActionFate,
  isKeptListed: boolean,
) {
  const action = account.actions.open('delete_server', [{ id: server.id, type: 'server' }]);
  const before = server.status;
  // An outdated list shows an earlier state, without servers that are being deleted.
  const ghost = isKeptListed ? { ...server } : null;
  server.status = 'deleting';
  server.lockedBy = action.id;
  account.actions.run(action, {
    fate,
    effect: () => {
      forgetServer(account, server);
      if (ghost !== null) account.remember(ghost, lagMs(account));
    },
    ended: (hadEffect) => {
      if (hadEffect) return;
      server.status = before;
      server.lockedBy = null;
    },
  });
  return action;
}

/** Deletes it at once, with its machine. */
export function forgetServer(account: SimHetzner, server: SimServer): void {
  account.servers.delete(server.id);
  for (const firewall of account.firewalls.values()) firewall.appliedTo.delete(server.id);
  if (server.hasMachine) account.machines.destroy(server.ipv4);
  server.hasMachine = false;
  account.addresses.giveBack(server.ipv4);
}

export function bootServer(account: SimHetzner, server: SimServer): void {
  const { id, name, ipv4, userData, authorizedKeys } = server;
  const wasRunning = server.status === 'running';
  server.status = 'running';
  server.hasMachine = true;
  if (!wasRunning) account.machines.boot({ id, name, hostname: name, ipv4, userData, authorizedKeys });
}

/** A new resource is missing in lists for a while. */
export function lagBehind(account: SimHetzner, thing: { listedFromMs: number }): void {
  thing.listedFromMs = account.nowMs + lagMs(account);
}

function lagMs(account: SimHetzner): number {
  return account.random.between(lagSeconds[0] * 1000, lagSeconds[1] * 1000);
}

function runStart(account: SimHetzner, server: SimServer, start: SimAction, fate: ActionFate): void {
  const wasRunning = server.status === 'running';
  if (!wasRunning) server.status = 'starting';
  server.lockedBy = start.id;
  account.actions.run(start, {
    fate,
    effect: () => bootServer(account, server),
    ended: (hadEffect) => {
      server.lockedBy = null;
      if (!hadEffect && !wasRunning) server.status = 'off';
    },
  });
}
