import {
  type GitHttpRequest,
  type GitHttpResponse,
  type HttpClient,
  request,
} from 'isomorphic-git/http/node';
import { PressluftError } from '../../fleet/errors.ts';

export interface HttpClientOptions {
  /** No byte for so long ends the request. */
  readonly idleTimeoutMs: number;
  /** Longest response body, after decompression. */
  readonly maxResponseBytes: number;
  readonly signal: AbortSignal;
}

const maxRedirects = 5;

/**
 * isomorphic-git's HTTP client for one operation, with what it lacks: a bound on the body, an end when idle, and redirects that never
 * carry credentials to another host. As in git, where the first request was redirected to is where the later ones go.
 */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  let moved: { readonly from: string; readonly to: string } | undefined;

  async function send(original: GitHttpRequest): Promise<GitHttpResponse> {
    let url = original.url;
    if (moved !== undefined && url.startsWith(moved.from)) url = moved.to + url.slice(moved.from.length);
    for (let redirects = 0; ; redirects += 1) {
      const response = await request({
        ...original,
        url,
        headers: mayCarryCredentials(original.url, url)
          ? (original.headers ?? {})
          : withoutCredentials(original.headers ?? {}),
        signal: options.signal,
        fetchOptions: { followRedirects: false, timeout: options.idleTimeoutMs },
      });
      const location = redirectTarget(response, url);
      if (location === null) {
        return { ...response, ...(response.body === undefined ? {} : { body: bounded(response.body) }) };
      }
      await discard(response);
      if (redirects === maxRedirects || (original.method ?? 'GET') !== 'GET')
        throw refused(location, 'too many or late');
      if (url.startsWith('https:') && !location.startsWith('https:'))
        throw refused(location, 'from https to http');
      moved = movedBase(original.url, location) ?? moved;
      url = location;
    }
  }

  async function* bounded(body: AsyncIterable<Uint8Array>): AsyncIterableIterator<Uint8Array> {
    let total = 0;
    for await (const chunk of body) {
      total += chunk.byteLength;
      if (total > options.maxResponseBytes) {
        throw new PressluftError(
          'PL3009',
          `The Git server sent more than ${options.maxResponseBytes} bytes`,
          {
            hint: 'Use an SSH URL for a repository of this size, or make it smaller.',
          },
        );
      }
      yield chunk;
    }
  }

  return { request: send };
}

function redirectTarget(response: GitHttpResponse, from: string): string | null {
  const location = response.headers?.location;
  if (response.statusCode < 300 || response.statusCode > 399 || location === undefined) return null;
  const target = URL.parse(location, from);
  if (target === null || !/^https?:$/.test(target.protocol)) throw refused(location, 'to no HTTP address');
  target.username = '';
  target.password = '';
  return target.href;
}

/** The same host and port; or the same host by its default ports, upgraded to https. */
function mayCarryCredentials(from: string, to: string): boolean {
  const a = new URL(from);
  const b = new URL(to);
  if (a.origin === b.origin) return true;
  return (
    a.hostname === b.hostname &&
    b.protocol === 'https:' &&
    a.protocol === 'http:' &&
    a.port === '' &&
    b.port === ''
  );
}

function withoutCredentials(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !/^(?:authorization|cookie)$/i.test(name)),
  );
}

function movedBase(original: string, target: string): { from: string; to: string } | undefined {
  const suffix = original.slice(original.lastIndexOf('/info/refs'));
  return target.endsWith(suffix)
    ? { from: original.slice(0, -suffix.length), to: target.slice(0, -suffix.length) }
    : undefined;
}

async function discard(response: GitHttpResponse): Promise<void> {
  await response.body?.return?.();
}

function refused(location: string, why: string): PressluftError {
  const host = URL.parse(location)?.host ?? 'another place';
  return new PressluftError('PL3002', `The Git server redirects to ${host}, which is not followed (${why})`, {
    hint: 'Configure the URL that the repository has now.',
  });
}
