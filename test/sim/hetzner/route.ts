import { paginate } from '../../../src/lab/api/listing.ts';
import type { SimHetzner } from './sim-hetzner.ts';

export interface RouteRequest {
  readonly account: SimHetzner;
  /** Name of the requesting process. */
  readonly by: string;
  /** The number in the path; NaN without one. */
  readonly id: number;
  readonly query: URLSearchParams;
  readonly body: unknown;
  /** The fault of the request. */
  readonly fault: string | null;
}

export interface RouteReply {
  readonly status: number;
  readonly body?: object;
}

export type Route = (request: RouteRequest) => RouteReply;

/** One page of a list, items in wire format. */
export function page<T>(
  { account, query }: RouteRequest,
  key: string,
  items: readonly T[],
  view: (account: SimHetzner, item: T) => object,
): RouteReply {
  const cut = paginate(items, query);
  return { status: 200, body: { [key]: cut.items.map((item) => view(account, item)), meta: cut.meta } };
}
