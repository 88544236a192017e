/** Thrown when code under test accesses the real world. */
export class ReachedOut extends Error {
  constructor(what: string) {
    super(`${what} was reached from the code under test; everything goes through the ports`);
    this.name = 'ReachedOut';
  }
}

/** Code whose effects are simulated. The production client of the provider runs over a simulated connection. */
const underTest = /[\\/]src[\\/](?:reconcile|actions|record|plan|manifest|fleet|adapters[\\/]hetzner)[\\/]/;

type Holder = Record<string, unknown>;

/** Globals and modules that would make a run depend on more than its seed. */
const forbidden: readonly (readonly [holder: Holder, name: string])[] = [
  ...['setTimeout', 'setInterval', 'setImmediate', 'fetch', 'queueMicrotask'].map(
    (name) => [globalThis as unknown as Holder, name] as const,
  ),
  [Date as unknown as Holder, 'now'],
  [Math as unknown as Holder, 'random'],
  [performance as unknown as Holder, 'now'],
  [crypto as unknown as Holder, 'randomUUID'],
  [crypto as unknown as Holder, 'getRandomValues'],
  [process as unknown as Holder, 'hrtime'],
  [AbortSignal as unknown as Holder, 'timeout'],
];

/**
 * Makes real time, randomness and I/O throw {@link ReachedOut} when the code under test calls them, directly or through a library.
 * Returns a function that restores everything, and the places that were detected.
 */
export function guardTheWorld(): { readonly release: () => void; readonly reached: readonly string[] } {
  const reached: string[] = [];
  const release: (() => void)[] = [];
  const check = (what: string) => {
    const stack = new Error().stack ?? '';
    if (!underTest.test(stack)) return;
    reached.push(`${what}\n${stack}`);
    throw new ReachedOut(what);
  };
  for (const [holder, name] of forbidden) {
    const original = holder[name] as (...args: readonly unknown[]) => unknown;
    holder[name] = function guarded(this: unknown, ...args: readonly unknown[]) {
      check(name);
      return Reflect.apply(original, this, args);
    };
    Object.assign(holder[name] as object, original);
    release.push(() => {
      holder[name] = original;
    });
  }
  const OriginalDate = globalThis.Date;
  globalThis.Date = new Proxy(OriginalDate, {
    construct: (target, args, newTarget) => {
      if (args.length === 0) check('new Date()');
      return Reflect.construct(target, args, newTarget) as object;
    },
  });
  release.push(() => {
    globalThis.Date = OriginalDate;
  });
  return { release: () => release.splice(0).forEach((put) => void put()), reached };
}
