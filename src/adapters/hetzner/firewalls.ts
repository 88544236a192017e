import type { CloudFirewall, FirewallRule } from '../../ports/cloud.ts';
import { type Api, busyCodes, orNull, patiently } from './api.ts';
import { createOnce } from './create-once.ts';
import { ruleBodies, sameRules } from './firewall-rules.ts';
import { listAll } from './listing.ts';
import { belongsToSomebodyElse, type Labels, sameOwner } from './ownership.ts';
import { type Fields, object, objects } from './reader.ts';
import { type ProviderFirewall, readAction, readFirewall } from './resources.ts';

type Signal = AbortSignal | undefined;

/** Rules reach the hosts within seconds; the provider's Terraform plugin waits as long. */
const rulesTimeoutMs = 120_000;

/** hcloud's Terraform provider: a server that is being deleted holds its firewall for some time. */
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

/** Deletes the firewall of that name if it carries these labels; one of somebody else stays. None left is success. */
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

/** Several of ours can only stem from creates that raced; the oldest is the one that servers use. */
async function findOwn(
  api: Api,
  name: string,
  labels: Labels,
  signal: Signal,
): Promise<ProviderFirewall | null> {
  const found = await listByName(api, name, signal);
  const own = found.filter((firewall) => sameOwner(firewall.labels, labels)).sort((a, b) => a.id - b.id);
  if (own[0] !== undefined) return own[0];
  if (found.length > 0) throw belongsToSomebodyElse(`firewall "${name}"`);
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
      // The whole set is replaced, so setting it twice is setting it once.
      idempotent: true,
      signal,
    }),
  );
  await settleActions(api, reply, signal);
}

/** Applying rules happens per host; a reply may list one action for each. */
async function settleActions(api: Api, reply: Fields, signal: Signal): Promise<void> {
  const actions = Object.hasOwn(reply.value, 'actions')
    ? objects(reply, 'actions', 1_000).map(readAction)
    : [];
  const ids = actions.filter((action) => action.status !== 'success').map((action) => action.id);
  await api.poller.wait(ids, { timeoutMs: rulesTimeoutMs, ...(signal === undefined ? {} : { signal }) });
}
