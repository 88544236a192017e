import { ApiError, notFound, notUnique } from '../../../src/lab/api/api-error.ts';
import { readRules } from '../../../src/lab/api/firewall-rules.ts';
import { filterNamed } from '../../../src/lab/api/listing.ts';
import { readFirewallOrder } from '../../../src/lab/api/orders.ts';
import { actionFate } from './exchange-faults.ts';
import { isListed } from './listed.ts';
import type { SimAction, SimFirewall } from './model.ts';
import { page, type Route, type RouteRequest } from './route.ts';
import { lagBehind } from './server-life.ts';
import { actionView, firewallView } from './views.ts';

export const firewallRoutes: Readonly<Record<string, Route>> = {
  'GET /firewalls': (request) => {
    const { account, query } = request;
    const firewalls = filterNamed([...account.firewalls.values()].filter(isListed(account)), query);
    return page(request, 'firewalls', firewalls, firewallView);
  },
  'POST /firewalls': create,
  'DELETE /firewalls/{id}': (request) => {
    const { account, by, id } = request;
    const firewall = found(request);
    if (firewall.appliedTo.size > 0) {
      throw new ApiError('resource_in_use', `Firewall with ID '${id}' is still in use`);
    }
    account.note(by, 'DELETE', '/firewalls/{id}', firewall);
    account.firewalls.delete(id);
    return { status: 204 };
  },
  'POST /firewalls/{id}/actions/set_rules': (request) => {
    const { account, by } = request;
    const firewall = found(request);
    const rules = readRules(request.body, true);
    account.note(by, 'POST', '/firewalls/{id}/actions/set_rules', firewall);
    firewall.rules = rules;
    const actions = [setRules(request, firewall), ...applyToServers(request, firewall)];
    return { status: 201, body: { actions: actions.map((action) => actionView(account, action)) } };
  },
};

function create({ account, by, body, fault }: RouteRequest) {
  const order = readFirewallOrder(body);
  if ([...account.firewalls.values()].some((firewall) => firewall.name === order.name)) {
    throw notUnique('Firewall name is already used', 'name');
  }
  const firewall: SimFirewall = {
    ...order,
    id: account.nextId(),
    createdMs: account.nowMs,
    appliedTo: new Set(),
    listedFromMs: 0,
  };
  account.firewalls.set(firewall.id, firewall);
  if (fault === 'list-lags') lagBehind(account, firewall);
  account.note(by, 'POST', '/firewalls', firewall);
  return { status: 201, body: { firewall: firewallView(account, firewall), actions: [] } };
}

/** The API shows the new rules at once; the hosts apply them later, or fail. */
function setRules({ account, fault }: RouteRequest, { id }: SimFirewall): SimAction {
  const action = account.actions.open('set_firewall_rules', [{ id, type: 'firewall' }]);
  account.actions.run(action, { fate: actionFate(fault), effect: nothing, ended: nothing });
  return action;
}

function applyToServers({ account }: RouteRequest, { id, appliedTo }: SimFirewall): readonly SimAction[] {
  return [...appliedTo].map((server) => {
    const action = account.actions.open('apply_firewall', [
      { id, type: 'firewall' },
      { id: server, type: 'server' },
    ]);
    account.actions.run(action, { fate: 'success', effect: nothing, ended: nothing });
    return action;
  });
}

function found({ account, id }: RouteRequest): SimFirewall {
  const firewall = account.firewalls.get(id);
  if (firewall === undefined) throw notFound('firewall', id);
  return firewall;
}

const nothing = () => undefined;
