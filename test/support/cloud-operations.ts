import { routes } from '../../src/lab/cloud/answer.ts';

// biome-ignore lint/suspicious/noExplicitAny: replies are checked against the OpenAPI document.
type Body = any;

/** Sends a request of an operation to the provider, lets its actions end, and resolves with the body of the reply. */
export type CallOperation = (
  operation: string,
  ids: readonly number[],
  body?: unknown,
  query?: string,
) => Promise<Body>;

/** Implemented operations as `METHOD /path/{id}`, without the endpoints that the provider has removed. */
export const operations: readonly string[] = routes
  .filter(({ path }) => !path.startsWith('/datacenters'))
  .map(({ method, path }) => `${method} ${path}`);

/** The path of an operation, with ids in the places of its parameters. */
export function pathOf(operation: string, ids: readonly number[]): string {
  const rest = [...ids];
  return (operation.split(' ')[1] ?? '').replaceAll(/\{\w+\}/g, () => String(rest.shift()));
}

/** Calls every operation at least once; each must succeed. */
export async function callEveryOperation(call: CallOperation, publicKey: string): Promise<void> {
  const order = { name: 'k', public_key: publicKey, labels: { a: 'b' } };
  const { ssh_key: key } = await call('POST /ssh_keys', [], order);
  await call('GET /ssh_keys', []);
  await call('GET /ssh_keys/{id}', [key.id]);
  await call('PUT /ssh_keys/{id}', [key.id], { name: 'k2' });

  const rules = [{ direction: 'in', protocol: 'tcp', port: '22', source_ips: ['0.0.0.0/0', '::/0'] }];
  const { firewall } = await call('POST /firewalls', [], { name: 'f', rules });
  const id = await callServerOperations(call, firewall.id);
  await callFirewallOperations(call, firewall.id, id);
  await callCatalogueOperations(call);

  await call('DELETE /servers/{id}', [id]);
  await call('DELETE /firewalls/{id}', [firewall.id]);
  await call('DELETE /ssh_keys/{id}', [key.id]);
}

async function callServerOperations(call: CallOperation, firewall: number): Promise<number> {
  const created = await call('POST /servers', [], {
    name: 's',
    server_type: 'cx23',
    image: 'debian-12',
    labels: { env: 'test' },
    ssh_keys: ['k2'],
    firewalls: [{ firewall }],
  });
  const id: number = created.server.id;
  await call('GET /servers', []);
  await call('GET /servers/{id}', [id]);
  await call('PUT /servers/{id}', [id], { labels: { env: 'prod' } });
  for (const name of ['poweron', 'reboot', 'reset', 'poweroff', 'shutdown']) {
    await call(`POST /servers/{id}/actions/${name}`, [id]);
  }
  await call('POST /servers/{id}/actions/change_type', [id], { server_type: 'cx33', upgrade_disk: false });
  await call('POST /servers/{id}/actions/rebuild', [id], { image: 'debian-12' });
  await call('POST /servers/{id}/actions/change_protection', [id], { delete: false, rebuild: false });
  await call('GET /servers/actions', []);
  await call('GET /servers/actions/{id}', [created.action.id]);
  await call('GET /servers/{id}/actions', [id]);
  await call('GET /servers/{id}/actions/{action_id}', [id, created.action.id]);
  await call('GET /actions', [], undefined, `?id=${created.action.id}`);
  await call('GET /actions/{id}', [created.action.id]);
  return id;
}

async function callFirewallOperations(call: CallOperation, firewall: number, server: number): Promise<void> {
  const selector = { type: 'label_selector', label_selector: { selector: 'env=prod' } };
  const rules = [{ direction: 'in', protocol: 'icmp', source_ips: ['0.0.0.0/0'] }];
  const changed = await call('POST /firewalls/{id}/actions/set_rules', [firewall], { rules });
  await call('POST /firewalls/{id}/actions/apply_to_resources', [firewall], { apply_to: [selector] });
  await call('GET /firewalls', []);
  await call('GET /firewalls/{id}', [firewall]);
  await call('PUT /firewalls/{id}', [firewall], { labels: { a: '' } });
  await call('GET /firewalls/actions', []);
  await call('GET /firewalls/actions/{id}', [changed.actions[0].id]);
  await call('GET /firewalls/{id}/actions', [firewall]);
  await call('GET /firewalls/{id}/actions/{action_id}', [firewall, changed.actions[0].id]);
  await call('POST /firewalls/{id}/actions/remove_from_resources', [firewall], {
    remove_from: [selector, { type: 'server', server: { id: server } }],
  });
}

async function callCatalogueOperations(call: CallOperation): Promise<void> {
  const { locations } = await call('GET /locations', []);
  await call('GET /locations/{id}', [locations[0].id]);
  const { server_types: types } = await call('GET /server_types', []);
  await call('GET /server_types/{id}', [types[0].id]);
  const { images } = await call('GET /images', []);
  await call('GET /images/{id}', [images[0].id]);
  await call('GET /pricing', []);
}
