import { type Fields, integerOrNull, malformed, object, objectOrNull, objects } from './reader.ts';
import type { Query, Transport } from './transport.ts';

/** The provider's maximum. */
const perPage = 50;
/** 100,000 entries; protects against an endless list. */
const maxPages = 2_000;
const maxListBytes = 128 * 1_048_576;
const maxListMs = 600_000;
/** After this many reads of a changing list the last one is used. */
const maxRestarts = 3;

export interface ListRequest<T> {
  readonly path: string;
  /** Name of the list in the reply. */
  readonly key: string;
  readonly query?: Query;
  readonly read: (item: Fields) => T;
  readonly signal: AbortSignal | undefined;
}

/** Limit for all pages of the list together. */
export interface ListLimits {
  readonly maxBytes?: number;
  readonly maxMs?: number;
}

/**
 * Every entry of a list, all pages, each entry once. Pages are divided by position, so a deletion between two requests can hide
 * another entry: when the total changes between two pages the list is read again.
 */
export async function listAll<T extends { readonly id: number }>(
  transport: Transport,
  request: ListRequest<T>,
  limits: ListLimits = {},
): Promise<readonly T[]> {
  for (let restarts = 0; ; restarts++) {
    const { items, stable } = await readPages(transport, request, limits);
    if (stable || restarts >= maxRestarts) return [...items.values()];
  }
}

async function readPages<T extends { readonly id: number }>(
  transport: Transport,
  request: ListRequest<T>,
  { maxBytes = maxListBytes, maxMs = maxListMs }: ListLimits,
): Promise<{ items: ReadonlyMap<number, T>; stable: boolean }> {
  const items = new Map<number, T>();
  let total: number | null = null;
  let page = 1;
  let bytes = 0;
  const startedAt = transport.monotonic();
  for (;;) {
    const reply = await transport.request({
      method: 'GET',
      path: request.path,
      query: { ...request.query, page, per_page: perPage },
      signal: request.signal,
    });
    bytes += reply.sizeBytes ?? 0;
    if (bytes > maxBytes) throw malformed(reply.path, `a list of at most ${maxBytes} bytes`);
    if (transport.monotonic() - startedAt > maxMs) throw malformed(reply.path, `a list within ${maxMs} ms`);
    for (const item of objects(reply, request.key, perPage)) {
      const entry = request.read(item);
      items.set(entry.id, entry);
    }
    const { next, entries } = pagination(reply);
    if (page > 1 && entries !== total) return { items, stable: false };
    total = entries;
    if (next === null) return { items, stable: true };
    if (next !== page + 1 || next > maxPages) {
      throw malformed(`${reply.path}meta.pagination.next_page`, `${page + 1} or null`);
    }
    page = next;
  }
}

/** All fields but `page` may be null or absent; a reply without `meta` is the only page. */
function pagination(reply: Fields): { next: number | null; entries: number | null } {
  const meta = objectOrNull(reply, 'meta');
  if (meta === null) return { next: null, entries: null };
  const values = object(meta, 'pagination');
  return { next: integerOrNull(values, 'next_page'), entries: integerOrNull(values, 'total_entries') };
}
