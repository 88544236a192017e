import type { Exchange, WireRequest } from '../../../src/adapters/hetzner/connection.ts';
import { ApiError, type ApiErrorCode } from '../../../src/lab/api/api-error.ts';
import { catalogueRoutes } from './catalogue-routes.ts';
import { firewallRoutes } from './firewall-routes.ts';
import { keyRoutes } from './key-routes.ts';
import type { Route } from './route.ts';
import { serverRoutes } from './server-routes.ts';
import type { SimHetzner } from './sim-hetzner.ts';

export interface Asked {
  readonly request: WireRequest;
  /** Name of the requesting process. */
  readonly by: string;
  readonly token: string;
  readonly fault: string | null;
}

type Reply = Extract<Exchange, { kind: 'reply' }>;

/** Path without query, numbers as `{id}`. */
export function templateOf(path: string): string {
  return (path.split('?', 1)[0] ?? '').replaceAll(/\/\d+(?=\/|$)/g, '/{id}');
}

/** Handles a request: applies its effect and returns the reply. */
export function answer(account: SimHetzner, asked: Asked): Reply {
  const { fault } = asked;
  if (fault === 'rate-limited') account.bucket.drain(account.nowMs, 0);
  if (fault === 'token-refused') {
    account.refusesTokensUntilMs = account.nowMs + account.random.between(5_000, 120_000);
  }
  const isAllowed = account.bucket.take(account.nowMs);
  const wallMs = account.wallMs(account.nowMs);
  const headers = { ...account.bucket.headers(wallMs), date: new Date(wallMs).toUTCString() };
  const json = { ...headers, 'content-type': 'application/json' };
  if (fault === 'bad-gateway') return { kind: 'reply', status: 502, headers, body: gatewayPage };
  try {
    if (!isAllowed) throw new ApiError('rate_limit_exceeded', 'limit of requests per hour reached');
    const failure = failureBefore(fault);
    if (failure !== null) throw failure;
    const { status, body } = carryOut(account, asked);
    const failureLater = failureAfter(fault);
    if (fault === 'bad-gateway-after') return { kind: 'reply', status: 502, headers, body: gatewayPage };
    if (failureLater !== null) throw failureLater;
    const text = body === undefined ? '' : JSON.stringify(body);
    return fault === 'malformed'
      ? { kind: 'reply', status, headers, body: cutOff(text) }
      : { kind: 'reply', status, headers: json, body: text };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const { code, message, details, status } = error;
    return {
      kind: 'reply',
      status,
      headers: json,
      body: JSON.stringify({ error: { code, message, details } }),
    };
  }
}

const routes: Readonly<Record<string, Route>> = {
  ...serverRoutes,
  ...keyRoutes,
  ...firewallRoutes,
  ...catalogueRoutes,
};

/** The implemented routes. */
export const operations: readonly string[] = Object.keys(routes);

function carryOut(account: SimHetzner, { request, by, token, fault }: Asked) {
  authorize(account, token, request.method);
  const { method, path, body } = request;
  const route = routes[`${method} ${templateOf(path)}`];
  if (route === undefined) throw new ApiError('not_found', `no such endpoint: ${method} ${path}`);
  const id = Number(/\/(\d+)(?=[/?]|$)/.exec(path)?.[1] ?? Number.NaN);
  const query = new URLSearchParams(path.slice(path.indexOf('?') + 1 || path.length));
  return route({ account, by, id, query, body, fault });
}

function authorize(account: SimHetzner, token: string, method: string): void {
  const access = account.tokens.get(token);
  if (access === undefined || account.refusesTokensUntilMs > account.nowMs) {
    throw new ApiError('unauthorized', 'unable to authenticate');
  }
  if (access === 'read' && method !== 'GET') {
    throw new ApiError('token_readonly', 'token is only allowed to perform GET requests');
  }
}

const codesBefore: Readonly<Record<string, ApiErrorCode>> = {
  unavailable: 'unavailable',
  'gateway-timeout': 'timeout',
  'server-error': 'server_error',
  conflict: 'conflict',
  locked: 'locked',
};

const codesAfter: Readonly<Record<string, ApiErrorCode>> = {
  'gateway-timeout-after': 'timeout',
  'server-error-after': 'server_error',
};

function failureBefore(fault: string | null): ApiError | null {
  const code = fault === null ? undefined : codesBefore[fault];
  return code === undefined ? null : new ApiError(code, `the provider says ${code}`);
}

function failureAfter(fault: string | null): ApiError | null {
  const code = fault === null ? undefined : codesAfter[fault];
  return code === undefined ? null : new ApiError(code, `the provider says ${code}`);
}

const gatewayPage = '<html><head><title>502 Bad Gateway</title></head></html>';

function cutOff(text: string): string {
  return text.slice(0, Math.floor(text.length / 2));
}
