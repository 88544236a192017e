import { serverTypes } from './catalogue.ts';
import { renderServerType, type SoldOut } from './catalogue-view.ts';
import { isTarget } from './firewall-rules.ts';
import type {
  ActionCommand,
  CloudState,
  FirewallTarget,
  StoredAction,
  StoredFirewall,
  StoredServer,
} from './model.ts';
import { renderActionFacts, renderFirewallFacts, renderServerFacts, type ServerFacts } from './wire.ts';

export type ServerStatus =
  | 'running'
  | 'initializing'
  | 'starting'
  | 'stopping'
  | 'off'
  | 'deleting'
  | 'rebuilding'
  | 'unknown';

export const serverStatuses: readonly string[] = [
  'running',
  'initializing',
  'starting',
  'stopping',
  'off',
  'deleting',
  'migrating',
  'rebuilding',
  'unknown',
];

const busyStatus: Readonly<Partial<Record<ActionCommand, ServerStatus>>> = {
  create_server: 'initializing',
  start_server: 'starting',
  stop_server: 'stopping',
  shutdown_server: 'stopping',
  reboot_server: 'starting',
  reset_server: 'starting',
  rebuild_server: 'rebuilding',
  delete_server: 'deleting',
};

/** The running action that locks a server. Changes of firewalls and protection do not lock it. */
export function lockingAction(state: Readonly<CloudState>, serverId: number): StoredAction | undefined {
  return state.actions.find(
    (action) =>
      action.status === 'running' &&
      busyStatus[action.command] !== undefined &&
      action.resources.some((resource) => resource.type === 'server' && resource.id === serverId),
  );
}

export function serverStatus(state: Readonly<CloudState>, server: StoredServer): ServerStatus {
  const action = lockingAction(state, server.id);
  return (action && busyStatus[action.command]) ?? server.power;
}

export function renderServer(state: Readonly<CloudState>, server: StoredServer, isSoldOut: SoldOut): object {
  const type = serverTypes.find((candidate) => candidate.name === server.serverType);
  return renderServerFacts({
    ...server,
    status: serverStatus(state, server),
    ipv4: server.ipv4 ? { ip: server.ipv4, dns_ptr: `${server.name}.lab.invalid` } : null,
    firewalls: appliedFirewalls(state, server),
    renderedType: type ? renderServerType(type, isSoldOut) : null,
    isLocked: lockingAction(state, server.id) !== undefined,
    isProtected: server.protected,
  });
}

/** Typical duration of each command in ms; progress approaches 95 % over it and becomes 100 when the work ends. */
const typicalMs: Readonly<Partial<Record<ActionCommand, number>>> = {
  create_server: 3000,
  rebuild_server: 3000,
  start_server: 1500,
  reboot_server: 1500,
  reset_server: 1500,
};

export function renderAction(action: StoredAction, nowMs: number): object {
  const elapsedMs = Math.max(0, nowMs - Date.parse(action.started));
  const estimate = Math.floor(95 * (1 - Math.exp(-elapsedMs / (typicalMs[action.command] ?? 300))));
  return renderActionFacts(action, estimate);
}

export function renderFirewall(state: Readonly<CloudState>, firewall: StoredFirewall): object {
  return renderFirewallFacts(
    firewall,
    firewall.appliedTo.map((target) => renderTarget(state, firewall, target)),
  );
}

function renderTarget(state: Readonly<CloudState>, firewall: StoredFirewall, target: FirewallTarget): object {
  if (target.type === 'server') return target;
  const only = { ...firewall, appliedTo: [target] };
  return {
    ...target,
    applied_to_resources: state.servers
      .filter((server) => isTarget(only, server))
      .map((server) => ({ type: 'server', server: { id: server.id } })),
  };
}

function appliedFirewalls(state: Readonly<CloudState>, server: StoredServer): ServerFacts['firewalls'] {
  return state.firewalls
    .filter((firewall) => isTarget(firewall, server))
    .map((firewall) => ({
      id: firewall.id,
      status: isPending(state, firewall, server) ? 'pending' : 'applied',
    }));
}

function isPending(state: Readonly<CloudState>, firewall: StoredFirewall, server: StoredServer): boolean {
  return state.actions.some(
    (action) =>
      action.status === 'running' &&
      action.resources.some(({ type, id }) => type === 'server' && id === server.id) &&
      (action.command === 'create_server' ||
        action.resources.some(({ type, id }) => type === 'firewall' && id === firewall.id)),
  );
}
