import type { Timeline } from '../core/index.ts';

/** Advances virtual time while a call of `port` is pending, for suites without virtual time. */
export function driven<T extends object>(timeline: Timeline, port: T): T {
  let pending = 0;
  let running = false;
  const run = async () => {
    running = true;
    await timeline.run(
      Number.POSITIVE_INFINITY,
      () => pending === 0,
      () => undefined,
    );
    running = false;
  };
  const settled = () => {
    pending -= 1;
  };
  return new Proxy(port, {
    get: (target, key) => {
      const member: unknown = Reflect.get(target, key);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]) => {
        const result: unknown = Reflect.apply(member, target, args);
        if (!(result instanceof Promise)) return result;
        pending += 1;
        result.then(settled, settled);
        if (!running) void run();
        return result;
      };
    },
  });
}
