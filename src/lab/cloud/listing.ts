import { invalidInput } from './api-error.ts';
import { parseLabelSelector } from './label-selector.ts';
import type { Labels } from './model.ts';

export interface Page<T> {
  readonly items: readonly T[];
  readonly meta: {
    readonly pagination: {
      readonly page: number;
      readonly per_page: number;
      readonly previous_page: number | null;
      readonly next_page: number | null;
      readonly last_page: number;
      readonly total_entries: number;
    };
  };
}

const defaultPerPage = 25;
const maxPerPage = 50;

/** Cuts one page out of a list; `per_page` above 50 is taken as 50. Throws `invalid_input` for a value that is not a positive number. */
export function paginate<T>(items: readonly T[], query: URLSearchParams): Page<T> {
  const page = positive(query, 'page', 1);
  const perPage = Math.min(positive(query, 'per_page', defaultPerPage), maxPerPage);
  const lastPage = Math.max(1, Math.ceil(items.length / perPage));
  return {
    items: items.slice((page - 1) * perPage, page * perPage),
    meta: {
      pagination: {
        page,
        per_page: perPage,
        previous_page: page > 1 ? page - 1 : null,
        next_page: page < lastPage ? page + 1 : null,
        last_page: lastPage,
        total_entries: items.length,
      },
    },
  };
}

/** Keeps the resources that match the query's `label_selector` and `name`. */
export function filterNamed<T extends { readonly name: string | null; readonly labels?: Labels }>(
  items: readonly T[],
  query: URLSearchParams,
): readonly T[] {
  const selector = query.get('label_selector');
  const name = query.get('name');
  const matches = selector ? parseLabelSelector(selector) : undefined;
  return items.filter(
    (item) => (!matches || matches(item.labels ?? {})) && (name === null || item.name === name),
  );
}

/** Sorts by the query's `sort` parameters (`field`, `field:asc`, `field:desc`), ties by id. */
export function sortBy<T extends { readonly id: number }>(
  items: readonly T[],
  query: URLSearchParams,
  fields: readonly (keyof T & string)[],
): readonly T[] {
  const orders = query.getAll('sort').map((text) => {
    const [name, direction = 'asc'] = text.split(':');
    const field = fields.find((candidate) => candidate === name);
    if (field === undefined || (direction !== 'asc' && direction !== 'desc')) {
      throw invalidInput([
        { name: 'sort', messages: [`'${text.slice(0, 60)}' is not one of ${fields.join(', ')}`] },
      ]);
    }
    return { field, sign: direction === 'asc' ? 1 : -1 };
  });
  return items.toSorted((a, b) => {
    for (const { field, sign } of orders) {
      const order = compare(a[field], b[field]);
      if (order !== 0) return order * sign;
    }
    return a.id - b.id;
  });
}

/** The values of a filter, e.g. `status`; each must be known. */
export function filterValues(
  query: URLSearchParams,
  name: string,
  known: readonly string[],
): readonly string[] {
  const values = query.getAll(name);
  const wrong = values.find((value) => !known.includes(value));
  if (wrong !== undefined) {
    throw invalidInput([{ name, messages: [`'${wrong.slice(0, 60)}' is not one of ${known.join(', ')}`] }]);
  }
  return values;
}

function compare(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  const [left, right] = [String(a ?? ''), String(b ?? '')];
  return left < right ? -1 : left > right ? 1 : 0;
}

function positive(query: URLSearchParams, name: string, fallback: number): number {
  const text = query.get(name);
  if (text === null) return fallback;
  if (!/^[1-9]\d{0,8}$/.test(text)) {
    throw invalidInput([{ name, messages: ['must be a positive number'] }]);
  }
  return Number(text);
}
