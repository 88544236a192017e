import { canonicalJson } from '../../fleet/digest.ts';
import { fleetLabel } from '../../fleet/naming.ts';
import { type ObservedFirewall, ruleWords } from '../../fleet/provider-firewall.ts';
import type { CloudFirewall, FirewallRule } from '../../ports/cloud.ts';
import { type Api, busyCodes, orNull, patiently } from './api.ts';
import { apiCodeOf } from './api-errors.ts';
import { createOnce } from './create-once.ts';
import { listAll } from './listing.ts';
import { belongsToSomebodyElse, type Labels, sameOwner } from './ownership.ts';
import { type Fields, object, objects } from './reader.ts';
import {
  type ProviderFirewall,
  type ProviderRule,
  readAction,
  readFirewall,
  uidOfLabels,
} from './resources.ts';

type Signal = AbortSignal | undefined;

/** Rules reach the hosts within seconds; the Terraform provider waits as long. */
const rulesTimeoutMs = 120_000;

/** hcloud's Terraform provider: a server that is being deleted keeps its firewall in use for some time. */
const deleteTries = 10;

export async function ensureFirewall(
  api: Api,
  name: string,
  rules: readonly FirewallRule[],
  labels: Labels,
  signal: Signal,
): Promise<CloudFirewall> {
  const find = () => findOwn(api, name, labels, signal);
  const firewall =
    (await find()) ??
    (await createOnce(api, {
      what: `firewall "${name}"`,
      signal,
      find,
      create: () => createFirewall(api, name, rules, labels, signal),
    }));
  if (!sameRules(firewall.rules, rules)) await setRules(api, firewall, rules, signal);
  return { id: firewall.id, name: firewall.name, labels: firewall.labels, rules };
}

export async function listFirewalls(
  api: Api,
  fleet: string,
  signal: Signal,
): Promise<readonly ObservedFirewall[]> {
  const found = await listAll(api.transport, {
    path: '/firewalls',
    key: 'firewalls',
    query: { label_selector: `${fleetLabel}==${fleet}` },
    read: readFirewall,
    signal,
  });
  return found.map(({ id, name, labels, rules, servers }) => ({
    id,
    name,
    uid: uidOfLabels(labels),
    servers,
    rules: rules
      .map(({ direction, protocol, port, sourceIps, destinationIps }) =>
        ruleWords({
          direction,
          protocol,
          port: port === '' ? null : port,
          addresses: direction === 'in' ? sourceIps : destinationIps,
        }),
      )
      .sort(),
  }));
}

export async function applyFirewall(api: Api, id: number, server: number, signal: Signal): Promise<void> {
  try {
    const reply = await patiently(api, { codes: busyCodes, tries: 5, signal }, () =>
      api.transport.request({
        method: 'POST',
        path: `/firewalls/${id}/actions/apply_to_resources`,
        body: { apply_to: [{ type: 'server', server: { id: server } }] },
        // A second application is refused with a code of its own.
        idempotent: true,
        signal,
      }),
    );
    await settleActions(api, reply, signal);
  } catch (error) {
    if (apiCodeOf(error) !== 'firewall_already_applied') throw error;
  }
}

/** Deletes the firewall of that name if it has these labels; a foreign one is kept. A missing firewall is success. */
export async function deleteFirewall(api: Api, name: string, labels: Labels, signal: Signal): Promise<void> {
  const own = (await listByName(api, name, signal)).filter((firewall) => sameOwner(firewall.labels, labels));
  const codes = [...busyCodes, 'resource_in_use'];
  for (const { id } of own) {
    await orNull(
      patiently(api, { codes, tries: deleteTries, signal }, () =>
        api.transport.request({ method: 'DELETE', path: `/firewalls/${id}`, signal }),
      ),
    );
  }
}

/** Several of ours can only result from concurrent creates; servers use the oldest. */
async function findOwn(
  api: Api,
  name: string,
  labels: Labels,
  signal: Signal,
): Promise<ProviderFirewall | null> {
  const found = await listByName(api, name, signal);
  const own = found.filter((firewall) => sameOwner(firewall.labels, labels)).sort((a, b) => a.id - b.id);
  if (own[0] !== undefined) return own[0];
  const [foreign] = found;
  if (foreign !== undefined)
    throw belongsToSomebodyElse(`firewall "${name}" (id ${foreign.id})`, foreign.labels, labels);
  return null;
}

async function listByName(api: Api, name: string, signal: Signal): Promise<readonly ProviderFirewall[]> {
  const all = await listAll(api.transport, {
    path: '/firewalls',
    key: 'firewalls',
    query: { name },
    read: readFirewall,
    signal,
  });
  return all.filter((firewall) => firewall.name === name);
}

async function createFirewall(
  api: Api,
  name: string,
  rules: readonly FirewallRule[],
  labels: Labels,
  signal: Signal,
): Promise<ProviderFirewall> {
  const body = { name, labels, rules: ruleBodies(rules) };
  const reply = await api.transport.request({ method: 'POST', path: '/firewalls', body, signal });
  const firewall = readFirewall(object(reply, 'firewall'));
  await settleActions(api, reply, signal);
  return firewall;
}

async function setRules(
  api: Api,
  firewall: ProviderFirewall,
  rules: readonly FirewallRule[],
  signal: Signal,
): Promise<void> {
  const reply = await patiently(api, { codes: busyCodes, tries: 5, signal }, () =>
    api.transport.request({
      method: 'POST',
      path: `/firewalls/${firewall.id}/actions/set_rules`,
      body: { rules: ruleBodies(rules) },
      // The whole set is replaced, so setting it twice is idempotent.
      idempotent: true,
      signal,
    }),
  );
  await settleActions(api, reply, signal);
}

/** Rules are applied per host; a reply may list one action for each. */
async function settleActions(api: Api, reply: Fields, signal: Signal): Promise<void> {
  const actions =
    reply.at('actions').raw === undefined ? [] : objects(reply, 'actions', 1_000).map(readAction);
  const ids = actions.filter((action) => action.status !== 'success').map((action) => action.id);
  await api.poller.wait(ids, { timeoutMs: rulesTimeoutMs, ...(signal === undefined ? {} : { signal }) });
}

/** Whether the provider has exactly these rules. The order of rules and addresses is irrelevant. */
function sameRules(found: readonly ProviderRule[], wanted: readonly FirewallRule[]): boolean {
  const normalFound = found.map(normalOfFound).sort();
  const normalWanted = wanted.map(normalOfWanted).sort();
  return (
    normalFound.length === normalWanted.length && normalFound.every((rule, i) => rule === normalWanted[i])
  );
}

/** The rules in the provider's form. `port` is only allowed where the protocol has ports. */
function ruleBodies(rules: readonly FirewallRule[]): readonly Readonly<Record<string, unknown>>[] {
  return rules.map((rule) => ({
    direction: 'in',
    protocol: rule.protocol,
    source_ips: rule.sourceIps,
    ...(rule.protocol === 'icmp' || rule.port === null ? {} : { port: rule.port }),
    ...(rule.description === '' ? {} : { description: rule.description }),
  }));
}

function normalOfWanted(rule: FirewallRule): string {
  return normal({
    direction: 'in',
    protocol: rule.protocol,
    port: rule.protocol === 'icmp' ? null : rule.port,
    sourceIps: rule.sourceIps,
    destinationIps: [],
    description: rule.description,
  });
}

/** A single port may come back as a range of one. */
function normalOfFound(rule: ProviderRule): string {
  const range = /^(\d+)-(\d+)$/.exec(rule.port ?? '');
  const port = range !== null && range[1] === range[2] ? (range[1] ?? null) : rule.port;
  return normal({ ...rule, port: port === '' ? null : port });
}

function normal(rule: ProviderRule): string {
  return canonicalJson({
    ...rule,
    sourceIps: addresses(rule.sourceIps),
    destinationIps: addresses(rule.destinationIps),
  });
}

function addresses(list: readonly string[]): readonly string[] {
  return [...new Set(list.map((address) => address.toLowerCase()))].sort();
}
