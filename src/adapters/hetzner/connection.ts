import type { AxiosInstance } from 'axios';
import hcloud, { type Send } from 'hcloud-js';

export interface WireRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Path and query below the endpoint, starting with a slash. */
  readonly path: string;
  readonly body?: unknown;
}

/**
 * Why there is no reply. `not_sent`: the request certainly had no effect (no connection was made); `timeout` and `lost`: it may
 * have had an effect; `too_large`: the reply was aborted; `tls`: the certificate of the server was not accepted.
 */
export type WireFailure = 'not_sent' | 'timeout' | 'lost' | 'too_large' | 'tls';

export type Exchange =
  | {
      readonly kind: 'reply';
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
    }
  | { readonly kind: 'failure'; readonly failure: WireFailure; readonly errorCode: string };

/** One HTTP exchange, never retried. Rejects only with the reason of the caller's signal. */
export interface Connection {
  exchange(request: WireRequest, signal?: AbortSignal): Promise<Exchange>;
  endpoints(send: Send): Endpoints;
}

export type Endpoints = Pick<InstanceType<typeof hcloud.Client>, 'locations' | 'servers' | 'sshKeys'>;

export interface ConnectionOptions {
  readonly endpoint: string;
  readonly token: string;
  /** Time from sending the request to the last byte of the reply. */
  readonly requestTimeoutMs: number;
  readonly maxReplyBytes: number;
}

/**
 * The client of hcloud-js provides the authorised axios instance. Its interceptor and its models do not match the current API (a reply
 * that is not JSON causes a TypeError, as does a server without `datacenter`), so that instance returns every status
 * and the body as text, and follows no redirect: the token is sent to the endpoint only.
 */
export function connect(options: ConnectionOptions): Connection {
  const wire = newClient(options.endpoint, options.token).axios as AxiosInstance;
  Object.assign(wire.defaults, {
    responseType: 'text',
    transformResponse: [(data: unknown) => data],
    validateStatus: () => true,
    maxRedirects: 0,
    maxContentLength: options.maxReplyBytes,
    maxBodyLength: 1024 * 1024,
    allowAbsoluteUrls: false,
  });

  return {
    async exchange(request, signal) {
      signal?.throwIfAborted();
      const deadline = AbortSignal.timeout(options.requestTimeoutMs);
      try {
        const response = await wire.request({
          method: request.method,
          url: request.path,
          signal: signal === undefined ? deadline : AbortSignal.any([signal, deadline]),
          ...(request.body === undefined ? {} : { data: request.body }),
        });
        return {
          kind: 'reply',
          status: response.status,
          headers: textHeaders(response.headers),
          body: typeof response.data === 'string' ? response.data : '',
        };
      } catch (error) {
        signal?.throwIfAborted();
        if (deadline.aborted) return { kind: 'failure', failure: 'timeout', errorCode: 'ETIMEDOUT' };
        return { kind: 'failure', ...classify(error) };
      }
    },
    endpoints: endpointsOver,
  };
}

/** The endpoints of hcloud-js over our own sender: all their requests go through it. */
export function endpointsOver(send: Send): Endpoints {
  const client = newClient('', '');
  client.axios = send;
  return client;
}

function newClient(baseURL: string, token: string): InstanceType<typeof hcloud.Client> {
  return new hcloud.Client({ token, baseURL, timeout: 0, proxy: false });
}

const neverConnected = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ERR_INVALID_URL',
]);
const tlsError = /^(CERT_|ERR_TLS|ERR_SSL|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|HOSTNAME_MISMATCH|EPROTO)/;

/** Takes only the code from an error of axios: its `config` contains the token. */
function classify(error: unknown): { failure: WireFailure; errorCode: string } {
  const code = stringMember(error, 'code') ?? 'unknown';
  const cause = memberOf(error, 'cause');
  const errorCode = /^[A-Z][A-Z0-9_]{1,60}$/.test(code) ? code : 'unknown';
  if (tlsError.test(code)) return { failure: 'tls', errorCode };
  if (neverConnected.has(code)) return { failure: 'not_sent', errorCode };
  if (code === 'ETIMEDOUT') {
    const connecting = (stringMember(cause, 'syscall') ?? stringMember(error, 'syscall')) === 'connect';
    return { failure: connecting ? 'not_sent' : 'timeout', errorCode };
  }
  if (stringMember(error, 'message')?.startsWith('maxContentLength') === true) {
    return { failure: 'too_large', errorCode };
  }
  return { failure: 'lost', errorCode };
}

function memberOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}

function stringMember(value: unknown, key: string): string | undefined {
  const member = memberOf(value, key);
  return typeof member === 'string' ? member : undefined;
}

function textHeaders(headers: object): Readonly<Record<string, string>> {
  const texts = Object.entries(headers).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return Object.fromEntries(texts.map(([name, value]) => [name.toLowerCase(), value]));
}
