import { paginate } from '../../../src/lab/api/listing.ts';
import type { SimHetzner } from './sim-hetzner.ts';

export interface RouteRequest {
  readonly account: SimHetzner;
  /** Name of the process that asks. */
  readonly by: string;
  /** The number in the path; NaN without one. */
  readonly id: number;
  readonly query: URLSearchParams;
  readonly body: unknown;
  /** What goes wrong with it. */
  readonly fault: string | null;
}

export interface RouteReply {
  readonly status: number;
  readonly body?: object;
}

export type Route = (request: RouteRequest) => RouteReply;

/** One page of a list, each item as the wire has it. */
export function page<T>(
  { account, query }: RouteRequest,
  key: string,
  items: readonly T[],
  view: (account: SimHetzner, item: T) => object,
): RouteReply {
  const cut = paginate(items, query);
  return { status: 200, body: { [key]: cut.items.map((item) => view(account, item)), meta: cut.meta } };
}
