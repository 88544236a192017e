import type { Timeline } from '../../sim/core/index.ts';

/**
 * A port of a simulated world whose clock advances only while calls of this port are pending, including concurrent ones.
 */
export function driven<T extends object>(timeline: Timeline, port: T): T {
  return new Proxy(port, {
    get: (target, name, receiver) => {
      const member: unknown = Reflect.get(target, name, receiver);
      if (typeof member !== 'function') return member;
      return (...args: readonly unknown[]) => waitFor(timeline, Reflect.apply(member, target, args));
    },
  });
}

interface Pump {
  waiting: number;
  running: Promise<void> | null;
}

const pumps = new WeakMap<Timeline, Pump>();
/** Longer than any time limit of Pressluft. */
const patienceMs = 24 * 3_600_000;

async function waitFor(timeline: Timeline, result: unknown): Promise<unknown> {
  if (!(result instanceof Promise)) return result;
  const pump = pumps.get(timeline) ?? { waiting: 0, running: null };
  pumps.set(timeline, pump);
  pump.waiting += 1;
  let settled = false;
  const end = () => {
    settled = true;
    pump.waiting -= 1;
  };
  result.then(end, end);
  while (!settled) {
    const before = timeline.fired;
    pump.running ??= timeline
      .run(
        timeline.nowMs + patienceMs,
        () => pump.waiting === 0,
        () => undefined,
      )
      .finally(() => {
        pump.running = null;
      });
    await pump.running;
    if (!settled && timeline.fired === before && timeline.pending === 0)
      throw new Error(`nothing more happens, and it has not ended after ${timeline.nowMs} ms`);
  }
  return await result;
}
