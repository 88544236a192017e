import { errors } from '../../fleet/error-catalogue.ts';
import { PressluftError } from '../../fleet/errors.ts';
import { fleetLabel } from '../../fleet/naming.ts';
import type { CloudActionId, CloudServer, ServerRequest } from '../../ports/cloud.ts';
import { type Api, busyCodes, orNull, patiently, throughHcloud } from './api.ts';
import { createOnce } from './create-once.ts';
import { listAll } from './listing.ts';
import { belongsToSomebodyElse, sameOwner } from './ownership.ts';
import { type Fields, fields, object, objectOrNull, objects } from './reader.ts';
import { readAction, readServer } from './resources.ts';

type Signal = AbortSignal | undefined;

export function listServers(api: Api, fleet: string, signal: Signal): Promise<readonly CloudServer[]> {
  return listAll(api.transport, {
    path: '/servers',
    key: 'servers',
    query: { label_selector: `${fleetLabel}==${fleet}`, sort: 'id' },
    read: readServer,
    signal,
  });
}

/** Names are unique, so if a list shows several, all but the newest are deleted: lists may be outdated after a deletion. */
export async function findServer(api: Api, name: string, signal: Signal): Promise<CloudServer | null> {
  const query = { name };
  const found = await listAll(api.transport, {
    path: '/servers',
    key: 'servers',
    query,
    read: readServer,
    signal,
  });
  return found.filter((server) => server.name === name).sort((a, b) => b.id - a.id)[0] ?? null;
}

export async function getServer(api: Api, id: number, signal: Signal): Promise<CloudServer | null> {
  const reply = await orNull(api.transport.request({ method: 'GET', path: `/servers/${id}`, signal }));
  return reply === null ? null : readServer(object(reply, 'server'));
}

export function createServer(
  api: Api,
  request: ServerRequest,
  signal: Signal,
): Promise<{ server: CloudServer; actions: readonly CloudActionId[] }> {
  return createOnce(api, {
    what: `server "${request.name}"`,
    signal,
    create: async () => {
      const reply = await api.transport.request({
        method: 'POST',
        path: '/servers',
        body: serverBody(request),
        signal,
      });
      return { server: readServer(object(reply, 'server')), actions: actionIds(reply) };
    },
    find: async () => {
      const server = await findServer(api, request.name, signal);
      if (server === null) return null;
      if (!sameOwner(server.labels, request.labels))
        throw belongsToSomebodyElse(
          `server "${request.name}" (id ${server.id})`,
          server.labels,
          request.labels,
        );
      if (server.status === 'deleting') throw beingDeleted(request.name);
      // A deleted server that a list still shows has no actions.
      const actions = await orNull(runningActions(api, server.id, signal));
      return actions === null ? null : { server, actions };
    },
  });
}

export async function deleteServer(api: Api, id: number, signal: Signal): Promise<readonly CloudActionId[]> {
  const options = { codes: busyCodes, tries: 5, signal };
  const action = await orNull(
    patiently(api, options, () =>
      throughHcloud(`DELETE /servers/${id}`, () => api.endpoints(signal).servers.delete(id)),
    ),
  );
  return action === null ? [] : unfinished([fields(action, `DELETE /servers/${id} → action`)]);
}

export async function powerOn(api: Api, id: number, signal: Signal): Promise<readonly CloudActionId[]> {
  const options = { codes: busyCodes, tries: 5, signal };
  const action = await patiently(api, options, () =>
    throughHcloud(`POST /servers/${id}/actions/poweron`, () =>
      api.endpoints(signal).servers.actions.powerOn(id),
    ),
  );
  return unfinished([fields(action, `POST /servers/${id}/actions/poweron → action`)]);
}

function serverBody(request: ServerRequest): Readonly<Record<string, unknown>> {
  return {
    name: request.name,
    server_type: request.serverType,
    location: request.location,
    image: request.image,
    ssh_keys: request.sshKeyIds,
    firewalls: request.firewallIds.map((firewall) => ({ firewall })),
    user_data: request.userData,
    labels: request.labels,
    start_after_create: true,
  };
}

/** `action` and `next_actions`: the server is usable after all of them have ended. */
function actionIds(reply: Fields): readonly CloudActionId[] {
  const first = objectOrNull(reply, 'action');
  const next = reply.at('next_actions').raw === undefined ? [] : objects(reply, 'next_actions', 100);
  return unfinished([...(first === null ? [] : [first]), ...next]);
}

async function runningActions(api: Api, id: number, signal: Signal): Promise<readonly CloudActionId[]> {
  const actions = await listAll(api.transport, {
    path: `/servers/${id}/actions`,
    key: 'actions',
    query: { status: 'running' },
    read: readAction,
    signal,
  });
  return actions.filter((action) => action.status === 'running').map((action) => action.id);
}

/** A failed action is kept, so that waiting for it reports the reason. */
function unfinished(actions: readonly Fields[]): readonly CloudActionId[] {
  return actions
    .map(readAction)
    .filter((action) => action.status !== 'success')
    .map((action) => action.id);
}

function beingDeleted(name: string): PressluftError {
  return new PressluftError(errors.resourceLocked, `server "${name}" is being deleted`, {
    hint: 'No action needed: it is created again after the old one is gone.',
  });
}
