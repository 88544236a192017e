import { errors } from '../../fleet/error-catalogue.ts';
import { PressluftError } from '../../fleet/errors.ts';
import type { ProviderAccount, ProviderOptions } from '../../ports/provider.ts';
import { createActionPoller } from './action-poller.ts';
import { type Api, throughHcloud } from './api.ts';
import { apiCodeOf } from './api-errors.ts';
import { type Connection, type ConnectionOptions, connect } from './connection.ts';
import { applyFirewall, deleteFirewall, ensureFirewall, listFirewalls } from './firewalls.ts';
import { deleteKey, ensureKey } from './keys.ts';
import { RateBudget } from './rate-budget.ts';
import { objects } from './reader.ts';
import { readAction } from './resources.ts';
import { listServerTypes } from './server-types.ts';
import { createServer, deleteServer, findServer, getServer, listServers, powerOn } from './servers.ts';
import { createTransport, type Query } from './transport.ts';

export interface HetznerOptions extends ProviderOptions {
  /** Base URL with the version, e.g. `https://api.hetzner.cloud/v1`. */
  readonly endpoint: string;
  readonly token: string;
  /** The request budget of the account, if another client already has one. */
  readonly rateBudget?: RateBudget;
  /** Default 30 s: creating a server is answered within a few seconds. */
  readonly requestTimeoutMs?: number;
  /** Retries of one request; default 5. Fewer for interactive commands. */
  readonly maxRetries?: number;
  /** Connection of the client; default HTTPS. */
  readonly connect?: (options: ConnectionOptions) => Connection;
}

const defaultRequestTimeoutMs = 30_000;
/** A page of 50 servers has about 250 KB. */
const maxReplyBytes = 8 * 1024 * 1024;

/** The Hetzner Cloud API as an account. Throws PL4001 for a token that is not valid in a header, PL4002 for an endpoint that is not a URL. */
export function createHetznerCloud(options: HetznerOptions): ProviderAccount {
  const api = createApi(options);
  return {
    async check(signal) {
      await throughHcloud('GET /locations', () => api.endpoints(signal).locations.list({ perPage: 1 }));
    },
    listServers: (fleet, signal) => listServers(api, fleet, signal),
    listServerTypes: (signal) => listServerTypes(api, signal),
    findServer: (name, signal) => findServer(api, name, signal),
    getServer: (id, signal) => getServer(api, id, signal),
    createServer: (request, signal) => createServer(api, request, signal),
    deleteServer: (id, signal) => deleteServer(api, id, signal),
    powerOn: (id, signal) => powerOn(api, id, signal),
    ensureKey: (name, publicKey, labels, signal) => ensureKey(api, name, publicKey, labels, signal),
    ensureFirewall: (name, rules, labels, signal) => ensureFirewall(api, name, rules, labels, signal),
    listFirewalls: (fleet, signal) => listFirewalls(api, fleet, signal),
    applyFirewall: (firewall, server, signal) => applyFirewall(api, firewall, server, signal),
    deleteFirewall: (name, labels, signal) => deleteFirewall(api, name, labels, signal),
    deleteKey: (name, labels, signal) => deleteKey(api, name, labels, signal),
    waitForActions: (ids, waitOptions) => api.poller.wait(ids, waitOptions),
    mayWrite: (signal) => mayWrite(api, signal),
    serverTime: () => api.transport.serverTime(),
  };
}

function createApi(options: HetznerOptions): Api {
  const { clock, random, log, token } = options;
  const connection = (options.connect ?? connect)({
    endpoint: checkedEndpoint(options.endpoint),
    token: checkedToken(token),
    requestTimeoutMs: options.requestTimeoutMs ?? defaultRequestTimeoutMs,
    maxReplyBytes,
  });
  const budget = options.rateBudget ?? new RateBudget(clock);
  const transport = createTransport({
    connection,
    budget,
    clock,
    random,
    log,
    token,
    ...(options.maxRetries === undefined ? {} : { maxRetries: options.maxRetries }),
  });
  return {
    transport,
    clock,
    random,
    log,
    poller: createActionPoller({
      clock,
      token,
      fetchActions: async (ids, signal) => {
        const reply = await transport.request({
          method: 'GET',
          path: '/actions',
          query: { id: ids },
          signal,
        });
        return objects(reply, 'actions', 50).map(readAction);
      },
    }),
    endpoints: (signal) =>
      connection.endpoints(async ({ url, method, params, data }) => {
        const reply = await transport.request({
          method: methodOf(method),
          path: url,
          ...(params === undefined ? {} : { query: params as Query }),
          ...(data === undefined ? {} : { body: data }),
          // The only POST through hcloud-js, and idempotent: power that is on stays on.
          idempotent: method !== 'POST' || url.endsWith('/actions/poweron'),
          signal,
        });
        return { data: reply.raw };
      }),
  };
}

/** A key without name and key material is rejected by validation, but only after the write permission of the token was checked. */
async function mayWrite(api: Api, signal: AbortSignal | undefined): Promise<boolean> {
  try {
    await api.transport.request({ method: 'POST', path: '/ssh_keys', body: {}, idempotent: true, signal });
    return true;
  } catch (error) {
    const code = apiCodeOf(error);
    if (code === 'invalid_input' || code === 'json_error') return true;
    if (code === 'token_readonly') return false;
    throw error;
  }
}

function methodOf(method: string): 'GET' | 'POST' | 'PUT' | 'DELETE' {
  if (method === 'GET' || method === 'POST' || method === 'PUT' || method === 'DELETE') return method;
  throw new PressluftError(errors.internal, `hcloud-js asked for the HTTP method ${method}`);
}

function checkedEndpoint(endpoint: string): string {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : null;
  const usable = url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.search === '';
  if (!usable) {
    throw new PressluftError(
      errors.providerUnreachable,
      'the endpoint of the provider is not an http(s) URL',
      {
        hint: 'Give the base URL with the version and without credentials, e.g. https://api.hetzner.cloud/v1.',
        retry: { kind: 'never' },
      },
    );
  }
  return url.href.replace(/\/+$/, '');
}

function checkedToken(token: string): string {
  if (/^[\u0021-\u007e]{1,512}$/.test(token)) return token;
  throw new PressluftError(
    errors.tokenRefused,
    'the token is empty or contains blanks, line ends or other characters that a token cannot have',
    {
      hint: 'Check the file or variable that contains it: it must contain only the token.',
    },
  );
}
