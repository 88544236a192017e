import { beginAction } from './action-runner.ts';
import { ApiError, invalidInput, notFound } from './api-error.ts';
import { findByIdOrName, images, serverTypes } from './catalogue.ts';
import { type ApiReply, type ApiRequest, type Cloud, idOf, type Route } from './cloud.ts';
import { readFields } from './fields.ts';
import type { ActionCommand, CloudState, StoredAction, StoredServer } from './model.ts';
import { lockingAction, renderAction } from './views.ts';

const simpleActions = {
  poweron: 'start_server',
  poweroff: 'stop_server',
  shutdown: 'shutdown_server',
  reboot: 'reboot_server',
  reset: 'reset_server',
} as const satisfies Readonly<Record<string, ActionCommand>>;

export function serverActionRoutes(cloud: Cloud): readonly Route[] {
  const simple = Object.entries(simpleActions).map(
    ([name, command]): Route => ({
      method: 'POST',
      path: `/servers/{id}/actions/${name}`,
      handle: (request) =>
        startAction(cloud, request, (draft, server) => begin(cloud, draft, server, command)),
    }),
  );
  return [
    ...simple,
    { method: 'POST', path: '/servers/{id}/actions/rebuild', handle: (request) => rebuild(cloud, request) },
    {
      method: 'POST',
      path: '/servers/{id}/actions/change_protection',
      handle: (request) => changeProtection(cloud, request),
    },
  ];
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

function rebuild(cloud: Cloud, request: ApiRequest): Promise<ApiReply> {
  const fields = readFields(request.body);
  const name = fields.string('image', { required: true }) ?? '';
  const userData = fields.string('user_data');
  fields.done();
  if (userData)
    throw new ApiError('unsupported_error', 'the lab rebuilds with the user data of the creation only');
  return startAction(
    cloud,
    request,
    (draft, server) => {
      refuseProtected(server);
      server.image = requireImage(name, server.serverType);
      return beginAction(draft, cloud.now(), 'rebuild_server', [{ id: server.id, type: 'server' }], {
        image: server.image,
      });
    },
    { root_password: null },
  );
}

function changeProtection(cloud: Cloud, request: ApiRequest): Promise<ApiReply> {
  const fields = readFields(request.body);
  const wanted = { delete: fields.boolean('delete'), rebuild: fields.boolean('rebuild') };
  if (wanted.delete !== wanted.rebuild) fields.problem('delete', 'must be the same as rebuild');
  fields.done();
  return startAction(cloud, request, (draft, server) => {
    server.protected = wanted.delete ?? server.protected;
    return begin(cloud, draft, server, 'change_protection');
  });
}

/** The name of an image that a server of that type can boot here. Throws the provider's error otherwise. */
export function requireImage(idOrName: string, serverType: string): string {
  const architecture = serverTypes.find((type) => type.name === serverType)?.architecture ?? 'x86';
  const matching = images.filter((image) => image.architecture === architecture);
  const image = findByIdOrName(matching, idOrName);
  if (!image)
    throw invalidInput([{ name: 'image', messages: [`image '${idOrName.slice(0, 80)}' not found`] }]);
  if (!image.bootable) {
    const bootable = matching.filter((other) => other.bootable).map((other) => other.name);
    throw new ApiError(
      'unsupported_error',
      `the lab has no root file system for ${image.name}; it can boot ${bootable.join(', ') || 'nothing of that architecture'}`,
    );
  }
  return image.name;
}

async function startAction(
  cloud: Cloud,
  request: ApiRequest,
  beginOn: (draft: CloudState, server: StoredServer) => StoredAction,
  extra: object = {},
): Promise<ApiReply> {
  const action = await cloud.store.update((draft) => {
    const id = idOf(request);
    const server = draft.servers.find((candidate) => candidate.id === id);
    if (!server) throw notFound('server', id);
    refuseLocked(draft, server);
    return beginOn(draft, server);
  });
  cloud.runner.launch([action]);
  return { status: 201, body: { ...extra, action: renderAction(action, cloud.now()) } };
}

function begin(cloud: Cloud, draft: CloudState, server: StoredServer, command: ActionCommand): StoredAction {
  return beginAction(draft, cloud.now(), command, [{ id: server.id, type: 'server' }]);
}
