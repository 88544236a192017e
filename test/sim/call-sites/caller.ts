import { AsyncLocalStorage } from 'node:async_hooks';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type CallSite, projectRoot } from './call-sites.ts';

const frame = /\(?(file:\/\/\S+\/src\/(?:actions|reconcile|record)\/\S+\.ts):(\d+):\d+\)?$/;

/** Finds the place in the reconciler that makes the current call. */
export interface Callers {
  /** The site of the current call of a method, from the stack; null when the call comes from elsewhere. */
  current(method: string): CallSite | null;
  /** A port that continues by itself for a while (a client with its own retries): its calls count as calls of its caller. */
  track<T extends object>(port: T): T;
}

export function callers(sites: readonly CallSite[]): Callers {
  const byFile = Map.groupBy(sites, ({ file }) => file);
  const outer = new AsyncLocalStorage<CallSite | null>();

  function fromStack(method: string): CallSite | null {
    const before = Error.stackTraceLimit;
    Error.stackTraceLimit = 25;
    const lines = (new Error().stack ?? '').split('\n');
    Error.stackTraceLimit = before;
    for (const line of lines) {
      const [, url, number] = frame.exec(line) ?? [];
      if (url === undefined) continue;
      const file = relative(projectRoot, fileURLToPath(url));
      const here = (byFile.get(file) ?? []).filter(
        ({ firstLine, lastLine }) => firstLine <= Number(number) && Number(number) <= lastLine,
      );
      // One line may contain two calls.
      const site = here.find((candidate) => candidate.method === method) ?? here[0];
      if (site !== undefined) return site;
    }
    return null;
  }

  return {
    current: (method) => outer.getStore() ?? fromStack(method),
    track: (port) =>
      new Proxy(port, {
        get: (target, name, receiver) => {
          const member: unknown = Reflect.get(target, name, receiver);
          if (typeof member !== 'function') return member;
          return (...args: readonly unknown[]) =>
            outer.run(
              outer.getStore() ?? fromStack(String(name)),
              () => Reflect.apply(member, target, args) as unknown,
            );
        },
      }),
  };
}
