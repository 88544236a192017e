import { type ServerType, serverTypes } from '../../../src/lab/api/catalogue.ts';
import { renderServerType, type SoldOut } from '../../../src/lab/api/catalogue-view.ts';
import {
  renderActionFacts,
  renderFirewallFacts,
  renderServerFacts,
  renderSshKey,
} from '../../../src/lab/api/wire.ts';
import type { SimAction, SimFirewall, SimKey, SimServer } from './model.ts';
import type { SimHetzner } from './sim-hetzner.ts';

const typeByName = new Map(serverTypes.map((type) => [type.name, type]));
const ordinaryTypes = new Map(serverTypes.map((type) => [type.name, shortType(type, () => false)]));

export function serverView(account: SimHetzner, server: SimServer): object {
  const { id, ipv4 } = server;
  const type = typeByName.get(server.serverType);
  return renderServerFacts({
    ...server,
    created: instant(account, server.createdMs),
    ipv4: { ip: ipv4, dns_ptr: `static.${ipv4}.clients.your-server.de` },
    firewalls: [...account.firewalls.values()]
      .filter((firewall) => firewall.appliedTo.has(id))
      .map((firewall) => ({ id: firewall.id, status: 'applied' })),
    renderedType: type === undefined ? null : typeView(account, type),
    isLocked: server.lockedBy !== null,
    isProtected: false,
  });
}

export function typeView(account: SimHetzner, type: ServerType): object {
  const ordinary = ordinaryTypes.get(type.name);
  if (ordinary !== undefined && !account.isAnythingSoldOut()) return ordinary;
  return shortType(type, (name, location) => account.isSoldOut(name, location));
}

export function actionView(account: SimHetzner, action: SimAction): object {
  const { startedMs, finishedMs } = action;
  const facts = {
    ...action,
    started: instant(account, startedMs),
    finished: finishedMs === null ? null : instant(account, finishedMs),
  };
  return renderActionFacts(facts, progress(action, account.nowMs));
}

export function keyView(account: SimHetzner, key: SimKey): object {
  return renderSshKey({ ...key, created: instant(account, key.createdMs) });
}

export function firewallView(account: SimHetzner, firewall: SimFirewall): object {
  return renderFirewallFacts(
    { ...firewall, created: instant(account, firewall.createdMs) },
    [...firewall.appliedTo].map((server) => ({ type: 'server', server: { id: server } })),
  );
}

/** The price of one location only: prices are the largest part of a reply, and are not used here. */
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
