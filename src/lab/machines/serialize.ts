/** Runs work of the same key one after the other and work of different keys in parallel. */
export type Serializer = <T>(key: number | string, work: () => Promise<T>) => Promise<T>;

export function createSerializer(): Serializer {
  const tails = new Map<number | string, Promise<unknown>>();
  return async (key, work) => {
    const result = (tails.get(key) ?? Promise.resolve()).then(work, work);
    const tail = result.catch(() => undefined);
    tails.set(key, tail);
    try {
      return await result;
    } finally {
      if (tails.get(key) === tail) tails.delete(key);
    }
  };
}
