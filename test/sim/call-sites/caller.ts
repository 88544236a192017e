import { AsyncLocalStorage } from 'node:async_hooks';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type CallSite, projectRoot } from './call-sites.ts';

const frame = /\(?(file:\/\/\S+\/src\/(?:actions|reconcile|record)\/\S+\.ts):(\d+):\d+\)?$/;

/** Finds out from which place of the reconciler the running call comes. */
export interface Callers {
  /** The site of the call of a method that is being made, by the stack; null when it comes from elsewhere. */
  current(method: string): CallSite | null;
  /** A port that goes on by itself for a while (a client with retries of its own): what it calls counts as called from its caller. */
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
      // Two calls may stand in one line.
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
