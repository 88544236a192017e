import { ApiError } from '../cloud/api-error.ts';
import { type EffectDeps, namesServer } from './effects.ts';
import { type Fault, parseFaults } from './faults.ts';
import type { HttpReply, HttpRequest } from './http-service.ts';
import type { Journal } from './journal.ts';

export interface ControlDeps {
  readonly cloud: EffectDeps;
  readonly journal: Journal;
  readonly token: string | undefined;
  /** Endpoints of other parts of the lab: path below `/_lab` → handler of GET and PUT. */
  readonly extra: Readonly<Record<string, (method: string, body: unknown) => Promise<object>>>;
}

/** The lab's own endpoints: `GET|PUT /_lab/faults`, `GET|DELETE /_lab/journal`, and those of `extra`. */
export async function handleControl(deps: ControlDeps, request: HttpRequest): Promise<HttpReply> {
  try {
    if (deps.token === undefined) throw new ApiError('not_found', 'this API has no control endpoints');
    if (request.authorization !== `Bearer ${deps.token}`) {
      throw new ApiError('unauthorized', "the lab's control token is needed");
    }
    return { status: 200, headers: {}, body: await dispatch(deps, request) };
  } catch (error) {
    const refusal = error instanceof ApiError ? error : new ApiError('server_error', String(error));
    const { status, code, message } = refusal;
    return { status, headers: {}, body: { error: { code, message, details: null } } };
  }
}

/** Replaces the faults, then cuts the networks that are named now and restores those that no longer are. */
export async function setFaults(deps: Pick<ControlDeps, 'cloud'>, faults: readonly Fault[]): Promise<void> {
  const { cloud } = deps;
  const before = cutServers(cloud);
  cloud.faults.set(faults);
  const after = cutServers(cloud);
  for (const id of after) if (!before.has(id)) await cloud.backend.setNetworkCut(id, true);
  for (const id of before) if (!after.has(id)) await cloud.backend.setNetworkCut(id, false);
}

async function dispatch(deps: ControlDeps, request: HttpRequest): Promise<object> {
  const { cloud, journal } = deps;
  const path = request.path.slice('/_lab'.length);
  switch (`${request.method} ${path}`) {
    case 'GET /faults':
      return { faults: cloud.faults.list() };
    case 'PUT /faults':
      await setFaults(deps, parseFaults(parse(request.text)));
      return { faults: cloud.faults.list() };
    case 'GET /journal':
      return { requests: journal.entries() };
    case 'DELETE /journal':
      journal.clear();
      return { requests: [] };
  }
  const extra = Object.hasOwn(deps.extra, path) ? deps.extra[path] : undefined;
  if (!extra) throw new ApiError('not_found', 'no such control endpoint');
  return extra(request.method, request.text === '' ? undefined : parse(request.text));
}

function cutServers(cloud: EffectDeps): Set<number> {
  const cuts = cloud.faults.peek('network-cut');
  const servers = cloud.store.read().servers.filter((server) => server.ipv4 !== null);
  return new Set(
    servers.filter((server) => cuts.some((fault) => namesServer(fault.server, server))).map(({ id }) => id),
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiError('json_error', 'invalid JSON in request body');
  }
}
