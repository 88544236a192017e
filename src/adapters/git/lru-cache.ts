export interface LruCache<K, V> {
  get(key: K): V | undefined;
  set(key: K, value: V): void;
}

/** A map bounded by the sum of `weigh` over its values; what was used least recently goes first. */
export function createLruCache<K, V>(maxWeight: number, weigh: (value: V) => number): LruCache<K, V> {
  const values = new Map<K, V>();
  let weight = 0;
  return {
    get(key) {
      const value = values.get(key);
      if (value === undefined) return undefined;
      values.delete(key);
      values.set(key, value);
      return value;
    },
    set(key, value) {
      const old = values.get(key);
      if (old !== undefined) weight -= weigh(old);
      values.delete(key);
      values.set(key, value);
      weight += weigh(value);
      for (const [oldest, dropped] of values) {
        if (weight <= maxWeight) break;
        values.delete(oldest);
        weight -= weigh(dropped);
      }
    },
  };
}
