import { images, locations, type ServerType, serverTypes } from '../../../src/lab/api/catalogue.ts';
import { renderImage, renderServerType, type SoldOut } from '../../../src/lab/api/catalogue-view.ts';
import type { SimAction, SimFirewall, SimKey, SimServer } from './model.ts';
import type { SimHetzner } from './sim-hetzner.ts';

const typeByName = new Map(serverTypes.map((type) => [type.name, type]));
const ordinaryTypes = new Map(serverTypes.map((type) => [type.name, shortType(type, () => false)]));
const placeByName = new Map(locations.map((location) => [location.name, location]));
const renderedImages = new Map(
  images.map((image) => [`${image.name} ${image.architecture}`, renderImage(image)]),
);

export function serverView(account: SimHetzner, server: SimServer): object {
  const { id, name, status, labels, ipv4 } = server;
  const type = typeByName.get(server.serverType);
  return {
    id,
    name,
    status,
    created: instant(account, server.createdMs),
    public_net: {
      ipv4: { id, ip: ipv4, blocked: false, dns_ptr: `static.${ipv4}.clients.your-server.de` },
      ipv6: null,
      floating_ips: [],
      firewalls: [...account.firewalls.values()]
        .filter((firewall) => firewall.appliedTo.has(id))
        .map((firewall) => ({ id: firewall.id, status: 'applied' })),
    },
    private_net: [],
    server_type: type === undefined ? null : typeView(account, type),
    location: placeByName.get(server.location) ?? null,
    image: renderedImages.get(`${server.image} ${type?.architecture}`) ?? null,
    iso: null,
    rescue_enabled: false,
    locked: server.lockedBy !== null,
    backup_window: null,
    outgoing_traffic: null,
    ingoing_traffic: null,
    included_traffic: null,
    protection: { delete: false, rebuild: false },
    labels,
    volumes: [],
    load_balancers: [],
    primary_disk_size: type?.diskGib ?? 0,
    placement_group: null,
  };
}

export function typeView(account: SimHetzner, type: ServerType): object {
  const ordinary = ordinaryTypes.get(type.name);
  if (ordinary !== undefined && !account.isAnythingSoldOut()) return ordinary;
  return shortType(type, (name, location) => account.isSoldOut(name, location));
}

export function actionView(account: SimHetzner, action: SimAction): object {
  const { id, command, status, resources, error, startedMs, finishedMs } = action;
  return {
    id,
    command,
    status,
    progress: status === 'running' ? progress(action, account.nowMs) : 100,
    started: instant(account, startedMs),
    finished: finishedMs === null ? null : instant(account, finishedMs),
    resources,
    error,
  };
}

export function keyView(account: SimHetzner, key: SimKey): object {
  const { id, name, fingerprint, publicKey, labels } = key;
  return {
    id,
    name,
    fingerprint,
    public_key: publicKey,
    labels,
    created: instant(account, key.createdMs),
  };
}

export function firewallView(account: SimHetzner, firewall: SimFirewall): object {
  const { id, name, labels, rules, appliedTo } = firewall;
  return {
    id,
    name,
    labels,
    created: instant(account, firewall.createdMs),
    rules,
    applied_to: [...appliedTo].map((server) => ({ type: 'server', server: { id: server } })),
  };
}

/** The price of one location only: prices are most of a reply, and nobody here reads them. */
function shortType(type: ServerType, isSoldOut: SoldOut): object {
  const view = renderServerType(type, isSoldOut);
  return 'prices' in view && Array.isArray(view.prices) ? { ...view, prices: view.prices.slice(0, 1) } : view;
}

function progress({ startedMs, endsMs }: SimAction, nowMs: number): number {
  if (endsMs === null) return 0;
  return Math.min(95, Math.floor((95 * (nowMs - startedMs)) / Math.max(1, endsMs - startedMs)));
}

function instant(account: SimHetzner, atMs: number): string {
  return new Date(account.wallMs(atMs)).toISOString();
}
