import {
  type GitHttpRequest,
  type GitHttpResponse,
  type HttpClient,
  request,
} from 'isomorphic-git/http/node';
import { errors } from '../../fleet/error-catalogue.ts';
import { PressluftError } from '../../fleet/errors.ts';
import { flushPacket } from './pkt-line.ts';

export interface HttpClientOptions {
  /** The request ends after this time without a byte. */
  readonly idleTimeoutMs: number;
  /** Longest response body, after decompression. */
  readonly maxResponseBytes: number;
  readonly signal: AbortSignal;
}

const maxRedirects = 5;
/** The list of refs is held in memory as a whole; this is enough for about 300,000 refs. */
const maxDiscoveryBytes = 32 * 1_048_576;

/**
 * isomorphic-git's HTTP client for one operation, with what the library lacks: a limit on the body, an idle timeout, and redirects that
 * never carry credentials to another host. As in git, later requests go to the address that the first one was redirected to.
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
        const { body, statusCode } = response;
        if (body === undefined) return response;
        if ((original.method ?? 'GET') !== 'GET' || statusCode !== 200) {
          return { ...response, body: bounded(body, options.maxResponseBytes) };
        }
        const maxBytes = Math.min(options.maxResponseBytes, maxDiscoveryBytes);
        return { ...response, body: whole(await collected(bounded(body, maxBytes))) };
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

  return { request: send };
}

async function* bounded(
  body: AsyncIterable<Uint8Array>,
  maxBytes: number,
): AsyncIterableIterator<Uint8Array> {
  let total = 0;
  for await (const chunk of body) {
    total += chunk.byteLength;
    if (total > maxBytes) {
      throw new PressluftError(errors.gitFailed, `The Git server sent more than ${maxBytes} bytes`, {
        hint: 'Use an SSH URL for a repository of this size, or make it smaller.',
      });
    }
    yield chunk;
  }
}

/**
 * The list of refs, read to its end before it is parsed: isomorphic-git accepts a truncated list as complete, and a
 * branch that is missing in it would count as deleted.
 */
async function collected(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  const list = Buffer.concat(chunks);
  const isList = /^[0-9a-f]{4}(?:# service=|version )/i.test(list.toString('latin1', 0, 20));
  if (isList && !list.subarray(-4).equals(flushPacket))
    throw new Error('early EOF: the list of refs of the Git server was cut off');
  return list;
}

async function* whole(bytes: Buffer): AsyncIterableIterator<Uint8Array> {
  yield bytes;
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
  return new PressluftError(
    errors.remoteUnreachable,
    `The Git server redirects to ${host}, which is not followed (${why})`,
    {
      hint: 'Configure the URL that the repository has now.',
    },
  );
}
