import { ApiError } from './api-error.ts';
import type { ApiReply, Route } from './cloud.ts';
import type { HttpRequest } from './http-service.ts';

/** Finds the endpoint for a request; literal segments win over parameters, e.g. `/servers/actions` over `/servers/{id}`. */
export function createRouter(routes: readonly Route[]): (request: HttpRequest) => Promise<ApiReply> {
  const compiled = routes
    .map((route) => ({ route, pattern: compile(route.path), parameters: route.path.split('{').length - 1 }))
    .toSorted((a, b) => a.parameters - b.parameters);

  return async (request) => {
    const path = request.path.startsWith('/v1/') ? request.path.slice(3) : undefined;
    const candidates = compiled.flatMap(({ route, pattern }) => {
      const match = path === undefined ? null : pattern.exec(path);
      return match ? [{ route, params: match.groups ?? {} }] : [];
    });
    if (candidates.length === 0) throw new ApiError('not_found', 'endpoint not found');
    const found = candidates.find(({ route }) => route.method === request.method);
    if (!found) throw new ApiError('method_not_allowed', `the method ${request.method} is not allowed`);
    return found.route.handle({
      method: request.method,
      params: { ...found.params },
      query: new URLSearchParams(request.search),
      body: parseBody(request),
    });
  };
}

function compile(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`);
}

function parseBody(request: HttpRequest): unknown {
  if (request.method === 'GET' || request.text === '') return undefined;
  try {
    return JSON.parse(request.text);
  } catch {
    throw new ApiError('json_error', 'invalid JSON in request body');
  }
}
