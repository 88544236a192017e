import { actionRoutes } from './action-routes.ts';
import { ApiError } from './api-error.ts';
import { catalogueRoutes } from './catalogue-routes.ts';
import type { ApiReply, Cloud, Route } from './cloud.ts';
import { firewallRoutes } from './firewall-routes.ts';
import { serverActionRoutes } from './server-actions.ts';
import { serverRoutes } from './server-routes.ts';
import { sshKeyRoutes } from './ssh-key-routes.ts';

export interface CloudRequest {
  readonly method: string;
  /** Below `/v1`, without query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: unknown;
}

/** Rights of a token. */
export type Access = 'read-write' | 'read';

/** Every endpoint of the provider. */
export const routes: readonly Route[] = [
  ...serverRoutes,
  ...serverActionRoutes,
  ...actionRoutes,
  ...sshKeyRoutes,
  ...firewallRoutes,
  ...catalogueRoutes,
];

/** Answers a request and changes the state. Throws {@link ApiError} when it is refused; the state may then be partly changed. */
export function answer(cloud: Cloud, { method, path, query, body }: CloudRequest): ApiReply {
  const candidates = compiled.flatMap(({ route, pattern }) => {
    const match = pattern.exec(path);
    return match ? [{ route, params: match.groups ?? {} }] : [];
  });
  if (candidates.length === 0) throw new ApiError('not_found', 'endpoint not found');
  const found = candidates.find(({ route }) => route.method === method);
  if (!found) throw new ApiError('method_not_allowed', `the method ${method} is not allowed`);
  return found.route.handle(cloud, { params: { ...found.params }, query, body });
}

/** Throws when a token with these rights, or an unknown token, may not send the request. */
export function authorize(access: Access | undefined, method: string): void {
  if (access === undefined) throw new ApiError('unauthorized', 'unable to authenticate');
  if (access === 'read' && method !== 'GET') {
    throw new ApiError('token_readonly', 'token is only allowed to perform GET requests');
  }
}

export function errorReply({
  status,
  code,
  message,
  details,
}: ApiError): ApiReply & { readonly body: object } {
  return { status, body: { error: { code, message, details } } };
}

/** Literal segments win over parameters, e.g. `/servers/actions` over `/servers/{id}`. */
const compiled = routes
  .map((route) => ({
    route,
    pattern: new RegExp(`^${route.path.replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`),
    parameters: route.path.split('{').length - 1,
  }))
  .toSorted((a, b) => a.parameters - b.parameters);
