import type { FaultSource } from '../core/faults.ts';

/** Faults that a test adds during a run. */
export interface ScriptedFaults {
  readonly source: FaultSource;
  /** The next call of that site fails like this. */
  next(site: string, kind: string): void;
  /** The next calls of any site. */
  any(kind: string, count: number): void;
  heal(): void;
}

export function scriptedFaults(): ScriptedFaults {
  let orders: { readonly site: string | null; readonly kind: string }[] = [];
  return {
    source: {
      decide: (site, _nth, kinds) => {
        const order = orders.find((one) => (one.site ?? site) === site && kinds.includes(one.kind));
        orders = orders.filter((one) => one !== order);
        return order?.kind ?? null;
      },
    },
    next: (site, kind) => void orders.push({ site, kind }),
    any: (kind, count) => void orders.push(...Array.from({ length: count }, () => ({ site: null, kind }))),
    heal: () => {
      orders = [];
    },
  };
}
