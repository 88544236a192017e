import { images, locations, serverTypes } from './catalogue.ts';
import { renderImage, renderServerType, type SoldOut } from './catalogue-view.ts';
import { isTarget } from './firewall-rules.ts';
import type {
  ActionCommand,
  CloudState,
  FirewallTarget,
  StoredAction,
  StoredFirewall,
  StoredServer,
  StoredSshKey,
} from './model.ts';

export const serverStatuses = [
  'running',
  'initializing',
  'starting',
  'stopping',
  'off',
  'deleting',
  'migrating',
  'rebuilding',
  'unknown',
] as const;

export type ServerStatus = (typeof serverStatuses)[number];

/** Status of a server while the action locks it. Changes of firewalls and protection do not lock it. */
const busyStatus: Readonly<Partial<Record<ActionCommand, ServerStatus | 'unchanged'>>> = {
  create_server: 'initializing',
  start_server: 'starting',
  stop_server: 'stopping',
  shutdown_server: 'stopping',
  reboot_server: 'starting',
  reset_server: 'starting',
  rebuild_server: 'rebuilding',
  delete_server: 'deleting',
  change_server_type: 'migrating',
  create_image: 'unchanged',
};

/** The running action that locks a server. */
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
  const status = action && busyStatus[action.command];
  return status === undefined || status === 'unchanged' ? server.power : status;
}

export function renderServer(state: Readonly<CloudState>, server: StoredServer, isSoldOut: SoldOut): object {
  const { id, name, created, ipv4, labels } = server;
  const type = typeByName.get(server.serverType);
  return {
    id,
    name,
    status: serverStatus(state, server),
    created,
    public_net: {
      ipv4: ipv4 === null ? null : { id, ip: ipv4, blocked: false, dns_ptr: `${name}.lab.invalid` },
      ipv6: null,
      floating_ips: [],
      firewalls: appliedFirewalls(state, server),
    },
    private_net: [],
    server_type: type === undefined ? null : renderServerType(type, isSoldOut),
    location: placeByName.get(server.location) ?? null,
    image: imageByName.get(`${server.image} ${type?.architecture}`) ?? null,
    iso: null,
    rescue_enabled: false,
    locked: lockingAction(state, id) !== undefined,
    backup_window: null,
    outgoing_traffic: null,
    ingoing_traffic: null,
    included_traffic: null,
    protection: { delete: server.protected, rebuild: server.protected },
    labels,
    volumes: [],
    load_balancers: [],
    primary_disk_size: server.diskGib ?? type?.diskGib ?? 0,
    placement_group: null,
  };
}

const typeByName = new Map(serverTypes.map((type) => [type.name, type]));
const placeByName = new Map(locations.map((location) => [location.name, location]));
const imageByName = new Map(
  images.map((image) => [`${image.name} ${image.architecture}`, renderImage(image)]),
);

/** Typical duration of each command in ms; progress approaches 95 % over it and becomes 100 when the work ends. */
const typicalMs: Readonly<Partial<Record<ActionCommand, number>>> = {
  create_server: 3000,
  rebuild_server: 3000,
  change_server_type: 3000,
  start_server: 1500,
  reboot_server: 1500,
  reset_server: 1500,
};

export function renderAction(action: StoredAction, nowMs: number): object {
  const elapsedMs = Math.max(0, nowMs - Date.parse(action.started));
  const estimate = Math.floor(95 * (1 - Math.exp(-elapsedMs / (typicalMs[action.command] ?? 300))));
  const { id, command, status, started, finished, resources, error } = action;
  const progress = status === 'running' ? estimate : 100;
  return { id, command, status, started, finished, progress, resources, error };
}

export function renderFirewall(state: Readonly<CloudState>, firewall: StoredFirewall): object {
  const { id, name, labels, created, rules } = firewall;
  const appliedTo = firewall.appliedTo.map((target) => renderTarget(state, firewall, target));
  return { id, name, labels, created, rules, applied_to: appliedTo };
}

export function renderSshKey({ id, name, fingerprint, publicKey, labels, created }: StoredSshKey): object {
  return { id, name, fingerprint, public_key: publicKey, labels, created };
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

function appliedFirewalls(state: Readonly<CloudState>, server: StoredServer): readonly object[] {
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
