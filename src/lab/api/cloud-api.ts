import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../fleet/errors.ts';
import { type Access, authorize, errorReply } from '../cloud/answer.ts';
import { ApiError } from '../cloud/api-error.ts';
import { emptyState } from '../cloud/model.ts';
import {
  hetznerRateLimit,
  type RateLimitOptions,
  RequestBucket,
  rateLimitHeaders,
} from '../cloud/request-bucket.ts';
import type { MachineBackend } from '../machines/backend.ts';
import { createActionRunner } from './action-runner.ts';
import { type ControlDeps, handleControl, setFaults } from './control.ts';
import { carryOutEffect, type EffectDeps } from './effects.ts';
import { concerns, createFaultControl, type Fault, type FaultControl, statusError } from './faults.ts';
import { createHttpService, type HttpReply, type HttpRequest } from './http-service.ts';
import { createJournal, type Journal } from './journal.ts';
import { labDatacenter } from './lab-datacenter.ts';
import { type ServeDeps, serveRequest } from './serve-request.ts';
import { openStateStore } from './state-store.ts';

export interface CloudApiOptions {
  readonly stateFile: string;
  readonly backend: MachineBackend;
  /** Token that may read and write. */
  readonly token: string;
  /** Token that may only send GET. */
  readonly readOnlyToken?: string;
  /** Token for `/_lab/…`; without it those paths do not exist. */
  readonly controlToken?: string;
  /** Additional control endpoints, by their path below `/_lab`. */
  readonly control?: ControlDeps['extra'];
  readonly now?: () => number;
  readonly random?: () => number;
  readonly rateLimit?: RateLimitOptions;
  readonly faults?: readonly Fault[];
  readonly maxServers?: number;
  readonly addressWaitMs?: number;
  readonly log?: (message: string, fields: Readonly<Record<string, unknown>>) => void;
}

export interface CloudApi {
  /** Resolves with the URL that clients use as the endpoint, `/v1` included. May be called for several addresses. */
  listen(host: string, port: number): Promise<string>;
  /** Stops listening and cancels running actions; they are resumed when the same state file is opened again. */
  close(): Promise<void>;
  /** Resolves when no action is running. */
  idle(): Promise<void>;
  readonly faults: FaultControl;
  /** Replaces the faults and cuts or restores the networks that they name. */
  setFaults(faults: readonly Fault[]): Promise<void>;
  readonly journal: Journal;
  /** Ends all faults, destroys every machine and deletes all resources; ids continue to count. */
  reset(): Promise<void>;
  /** Names and ids of the servers, for status output. */
  servers(): readonly { id: number; name: string; ipv4: string | null; power: string; serverType: string }[];
}

/** A Hetzner Cloud API whose servers are the machines of `backend`. State is written to disk before a reply reports it. */
export async function createCloudApi(options: CloudApiOptions): Promise<CloudApi> {
  const { backend } = options;
  const now = options.now ?? Date.now;
  const log = options.log ?? (() => undefined);
  const faults = createFaultControl(options.faults, options.random);
  const store = await openStateStore(options.stateFile);
  const machines: EffectDeps = { store, backend, faults };
  const effect: Parameters<typeof createActionRunner>[0]['effect'] = (action, signal) =>
    carryOutEffect(machines, action, signal);
  const runner = createActionRunner({ store, faults, now, effect, log });
  const cloud: ServeDeps = {
    ...machines,
    datacenter: labDatacenter(faults, options.maxServers ?? 25, now),
    runner,
    now,
    addressWaitMs: options.addressWaitMs ?? 3000,
  };
  const journal = createJournal();
  const rateLimit = options.rateLimit ?? hetznerRateLimit;
  /** One for each token. */
  const buckets = new Map<string, RequestBucket>();
  const control: ControlDeps = { cloud, journal, token: options.controlToken, extra: options.control ?? {} };

  function bucketOf(token: string): RequestBucket {
    const bucket = buckets.get(token) ?? new RequestBucket(rateLimit, now());
    buckets.set(token, bucket);
    return bucket;
  }

  async function answer(request: HttpRequest): Promise<HttpReply> {
    if (request.path.startsWith('/_lab')) return handleControl(control, request);
    const target = `${request.path}${request.search}`;
    const matches = concerns(request.method, target);
    const delay = faults.strike('latency', matches);
    if (delay) await sleep(delay.ms);
    if (faults.strike('lost-reply', (fault) => fault.before === true && matches(fault))) {
      return record(request, { status: 0, headers: {}, body: undefined, destroy: true });
    }
    const injected = faults.strike('status', matches);
    const bucket = bucketOf(tokenOf(request) ?? 'anonymous');
    const isAllowed = bucket.take(now());
    const headers = injected?.status === 429 ? rateLimitHeaders(rateLimit, 0, now()) : bucket.headers(now());
    if (injected?.html) {
      return record(request, { status: injected.status, headers, body: '<html>injected by the lab</html>' });
    }
    let reply: HttpReply;
    try {
      if (injected) throw statusError(injected.status);
      if (!isAllowed) throw new ApiError('rate_limit_exceeded', 'limit of requests per hour reached');
      authorize(accessOf(options, request), request.method);
      if (!request.path.startsWith('/v1/')) throw new ApiError('not_found', 'endpoint not found');
      const { status, body } = await serveRequest(cloud, {
        method: request.method,
        path: request.path.slice('/v1'.length),
        query: new URLSearchParams(request.search),
        body: parseBody(request),
      });
      reply = { status, headers: { ...headers, ...linkHeader(request, body) }, body };
    } catch (error) {
      reply = { ...renderError(error, log), headers };
    }
    const lost =
      reply.status < 400 && faults.strike('lost-reply', (fault) => !fault.before && matches(fault));
    return record(request, lost ? { ...reply, destroy: true } : reply);
  }

  function record(request: HttpRequest, reply: HttpReply): HttpReply {
    const error = (reply.body as { error?: { code?: string } } | undefined)?.error;
    journal.add({
      at: new Date(now()).toISOString(),
      method: request.method,
      path: `${request.path}${request.search}`,
      status: reply.destroy ? 0 : reply.status,
      decided: reply.status,
      errorCode: error?.code,
      body: safeJson(request.text),
    });
    return reply;
  }

  await adoptMachines(cloud);
  runner.resume();
  const service = createHttpService(answer);
  return {
    listen: async (host, port) => `${await service.listen(host, port)}/v1`,
    close: async () => {
      await service.close();
      await runner.close();
    },
    idle: runner.idle,
    faults,
    setFaults: (list) => setFaults(control, list),
    journal,
    reset: async () => {
      await setFaults(control, []);
      await runner.idle();
      for (const machine of await backend.list()) await backend.destroy(machine.id);
      await store.update((draft) => Object.assign(draft, { ...emptyState(), nextId: draft.nextId }));
      journal.clear();
    },
    servers: () =>
      store
        .read()
        .servers.map(({ id, name, ipv4, power, serverType }) => ({ id, name, ipv4, power, serverType })),
  };
}

function accessOf(options: CloudApiOptions, request: HttpRequest): Access | undefined {
  const token = tokenOf(request);
  if (token === undefined) return undefined;
  if (token === options.token) return 'read-write';
  return token === options.readOnlyToken ? 'read' : undefined;
}

function tokenOf(request: HttpRequest): string | undefined {
  return /^Bearer (\S+)$/.exec(request.authorization ?? '')?.[1];
}

function parseBody({ method, text }: HttpRequest): unknown {
  if (method === 'GET' || text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiError('json_error', 'invalid JSON in request body');
  }
}

function renderError(
  error: unknown,
  log: NonNullable<CloudApiOptions['log']>,
): Pick<HttpReply, 'status'> & { readonly body: object } {
  if (error instanceof ApiError) return errorReply(error);
  log('request failed', { error: messageOf(error) });
  return errorReply(new ApiError('server_error', messageOf(error)));
}

/** Pages are also announced in a Link header (RFC 8288). */
function linkHeader(request: HttpRequest, body: object | undefined): Readonly<Record<string, string>> {
  const pagination = (body as { meta?: { pagination?: Record<string, number | null> } } | undefined)?.meta
    ?.pagination;
  if (!pagination) return {};
  const links = (['previous_page', 'next_page', 'last_page'] as const).flatMap((field) => {
    const page = pagination[field];
    if (page === null || page === undefined) return [];
    const query = new URLSearchParams(request.search);
    query.set('page', String(page));
    const rel = field === 'previous_page' ? 'prev' : field === 'next_page' ? 'next' : 'last';
    return [`<${request.origin}${request.path}?${query}>; rel="${rel}"`];
  });
  return links.length > 0 ? { Link: links.join(', ') } : {};
}

/** Updates the state from the machines, which may have changed while the API was not running. */
async function adoptMachines(cloud: EffectDeps): Promise<void> {
  const servers = cloud.store.read().servers;
  if (servers.length === 0) return;
  const machines = new Map((await cloud.backend.list()).map((machine) => [machine.id, machine]));
  await cloud.store.update((draft) => {
    for (const server of draft.servers) {
      const machine = machines.get(server.id);
      server.power = machine?.state ?? 'unknown';
      server.ipv4 = machine?.ipv4 ?? server.ipv4;
    }
  });
}

function safeJson(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return '[not JSON]';
  }
}
