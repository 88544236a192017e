import { beginAction } from './actions.ts';
import { ApiError, invalidInput, notFound } from './api-error.ts';
import { findByIdOrName, images, serverTypes } from './catalogue.ts';
import { type ApiReply, type ApiRequest, type Cloud, type Datacenter, idOf, type Route } from './cloud.ts';
import { readFields } from './fields.ts';
import type { ActionCommand, CloudState, StoredAction, StoredServer } from './model.ts';
import { maxUserDataBytes, refuseUnavailable } from './orders.ts';
import { lockingAction, renderAction } from './views.ts';

const simpleActions = {
  poweron: 'start_server',
  poweroff: 'stop_server',
  shutdown: 'shutdown_server',
  reboot: 'reboot_server',
  reset: 'reset_server',
} as const satisfies Readonly<Record<string, ActionCommand>>;

export const serverActionRoutes: readonly Route[] = [
  ...Object.entries(simpleActions).map(
    ([name, command]): Route => ({
      method: 'POST',
      path: `/servers/{id}/actions/${name}`,
      handle: (cloud, request) => start(cloud, command, unlockedServer(cloud, request)),
    }),
  ),
  { method: 'POST', path: '/servers/{id}/actions/rebuild', handle: rebuild },
  { method: 'POST', path: '/servers/{id}/actions/change_type', handle: changeType },
  { method: 'POST', path: '/servers/{id}/actions/change_protection', handle: changeProtection },
];

export function findServer(state: Readonly<CloudState>, id: number): StoredServer {
  const server = state.servers.find((candidate) => candidate.id === id);
  if (!server) throw notFound('server', id);
  return server;
}

/** Throws `locked` while an action runs on the server. */
export function refuseLocked(state: Readonly<CloudState>, server: StoredServer): void {
  const action = lockingAction(state, server.id);
  if (action)
    throw new ApiError('locked', `server is locked: action ${action.id} (${action.command}) is running`);
}

export function refuseProtected(server: StoredServer): void {
  if (server.protected) throw new ApiError('protected', 'server is protected');
}

function rebuild(cloud: Cloud, request: ApiRequest): ApiReply {
  const fields = readFields(request.body);
  const name = fields.idOrName('image', { required: true }) ?? '';
  const userData = fields.string('user_data', { maxBytes: maxUserDataBytes });
  fields.done();
  const server = unlockedServer(cloud, request);
  refuseProtected(server);
  server.image = requireImage(cloud.datacenter, name, server.serverType);
  server.userData = userData ?? server.userData;
  const reply = start(cloud, 'rebuild_server', server, { image: server.image });
  return { ...reply, body: { root_password: null, ...reply.body } };
}

/** The disk never shrinks. With `upgrade_disk: false` it keeps its size, so that the old type stays possible. */
function changeType(cloud: Cloud, request: ApiRequest): ApiReply {
  const fields = readFields(request.body);
  const name = fields.idOrName('server_type', { required: true }) ?? '';
  const upgradeDisk = fields.boolean('upgrade_disk');
  if (upgradeDisk === undefined) fields.problem('upgrade_disk', 'is required');
  fields.done();
  const server = unlockedServer(cloud, request);
  if (server.power === 'running') {
    throw new ApiError('server_not_stopped', 'server must be stopped before its type is changed');
  }
  const type = findByIdOrName(serverTypes, name);
  if (!type) {
    const message = `server type '${name.slice(0, 80)}' not found`;
    throw invalidInput([{ name: 'server_type', messages: [message] }]);
  }
  const before = serverTypes.find((candidate) => candidate.name === server.serverType);
  const diskGib = server.diskGib ?? before?.diskGib ?? 0;
  if (type.architecture !== before?.architecture || type.diskGib < diskGib) {
    throw new ApiError('invalid_server_type', `server type ${type.name} does not fit the server`);
  }
  refuseUnavailable({ type, location: server.location }, cloud.nowMs);
  return start(cloud, 'change_server_type', server, {
    resize: { serverType: type.name, diskGib: upgradeDisk === true ? type.diskGib : diskGib },
  });
}

function changeProtection(cloud: Cloud, request: ApiRequest): ApiReply {
  const fields = readFields(request.body);
  const wanted = { delete: fields.boolean('delete'), rebuild: fields.boolean('rebuild') };
  if (wanted.delete !== wanted.rebuild) fields.problem('delete', 'must be the same as rebuild');
  fields.done();
  const server = unlockedServer(cloud, request);
  server.protected = wanted.delete ?? server.protected;
  return start(cloud, 'change_protection', server);
}

/** The name of an image that a server of that type can boot here. Throws the provider's error otherwise. */
export function requireImage(
  datacenter: Pick<Datacenter, 'boots'>,
  idOrName: string,
  serverType: string,
): string {
  const architecture = serverTypes.find((type) => type.name === serverType)?.architecture ?? 'x86';
  const matching = images.filter((image) => image.architecture === architecture);
  const image = findByIdOrName(matching, idOrName);
  if (!image)
    throw invalidInput([{ name: 'image', messages: [`image '${idOrName.slice(0, 80)}' not found`] }]);
  if (!datacenter.boots(image)) {
    const bootable = matching.filter((other) => datacenter.boots(other)).map((other) => other.name);
    throw new ApiError(
      'unsupported_error',
      `the lab has no root file system for ${image.name}; it can boot ${bootable.join(', ') || 'nothing of that architecture'}`,
    );
  }
  return image.name;
}

function unlockedServer({ state }: Cloud, request: ApiRequest): StoredServer {
  const server = findServer(state, idOf(request));
  refuseLocked(state, server);
  return server;
}

function start(
  cloud: Cloud,
  command: ActionCommand,
  { id }: StoredServer,
  rest: Pick<StoredAction, 'image' | 'resize'> = {},
): ApiReply {
  const action = beginAction(cloud, command, [{ id, type: 'server' }], rest);
  return { status: 201, body: { action: renderAction(action, cloud.nowMs) }, started: [action] };
}
