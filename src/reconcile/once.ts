/** Runs work at most once for each key. A failure is forgotten, so that the next caller tries again. */
export function createOnce(): <T>(key: string, work: () => Promise<T>) => Promise<T> {
  const done = new Map<string, Promise<unknown>>();
  return <T>(key: string, work: () => Promise<T>): Promise<T> => {
    const known = done.get(key);
    if (known !== undefined) return known as Promise<T>;
    const started = work();
    done.set(key, started);
    started.catch(() => done.delete(key));
    return started;
  };
}
