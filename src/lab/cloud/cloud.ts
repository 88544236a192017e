import type { Image } from './catalogue.ts';
import type { CloudState, StoredAction, StoredFirewall, StoredServer, StoredSshKey } from './model.ts';

/** The provider during one request. */
export interface Cloud {
  /** A request that changes anything changes it in place; the caller drops the changes when the request fails. */
  readonly state: CloudState;
  readonly nowMs: number;
  readonly datacenter: Datacenter;
}

/** The place that runs the servers, and decides what the account can have. */
export interface Datacenter {
  /** Largest number of servers of the account; asked once for each order. */
  serverLimit(): number;
  isSoldOut(serverType: string, location: string): boolean;
  /** Whether its servers can boot an image of the catalogue. */
  boots(image: Image): boolean;
  /** The address of a new server, or null when it is known only later. Throws the refusal when there is no place. */
  place(serverType: string, location: string): string | null;
  /** The resources that lists show, which may be out of date. */
  listed<C extends keyof Listed>(collection: C, all: readonly Listed[C][]): readonly Listed[C][];
}

export interface Listed {
  readonly servers: StoredServer;
  readonly firewalls: StoredFirewall;
  readonly ssh_keys: StoredSshKey;
}

export interface ApiRequest {
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: unknown;
}

export interface ApiReply {
  readonly status: number;
  readonly body?: object;
  /** Actions to be run by the caller; those of one server in this order. */
  readonly started?: readonly StoredAction[];
  /** Server whose labels were changed: selectors of firewalls may start or stop matching it. */
  readonly relabelled?: number;
}

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Path below `/v1`, with `{name}` for a parameter, exactly as the OpenAPI document writes it. */
  readonly path: string;
  readonly handle: (cloud: Cloud, request: ApiRequest) => ApiReply;
}

/** The numeric id in a path parameter, or NaN, which no resource has. */
export function idOf(request: ApiRequest, name = 'id'): number {
  const text = request.params[name] ?? '';
  return /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
}
