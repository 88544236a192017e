import { errors } from '../../../src/fleet/error-catalogue.ts';
import { isPressluftError, PressluftError } from '../../../src/fleet/errors.ts';
import { type CrashPoints, pointText } from './crash-points.ts';
import type { FaultLog } from './faults.ts';
import { never, ProcessKilled, type SimProcess } from './process.ts';
import type { SimRandom } from './random.ts';
import type { Timeline } from './timeline.ts';
import type { Trace } from './trace.ts';

/** Dependencies of every simulated port. */
export interface WorldCore {
  readonly timeline: Timeline;
  readonly random: SimRandom;
  readonly faults: FaultLog;
  readonly points: CrashPoints;
  readonly trace: Trace;
}

/** Latency of one way in ms: minimum and maximum. */
export type Latency = readonly [number, number];

export interface Call<T> {
  readonly signal?: AbortSignal | undefined;
  /** One way; default a few milliseconds. */
  readonly latencyMs?: Latency;
  /** Possible faults besides a lost request or reply; passed to `effect`. */
  readonly faults?: readonly string[];
  /** Error for a request (`lost-request`) or a reply (`lost-reply`) that never arrives; without it none is lost. */
  readonly lost?: () => Error;
  /** Error when the signal of the caller is aborted; default PL3015. */
  readonly cancelled?: (reason: unknown) => Error;
  /** The effect on the world, at the time at which the request arrives. Its error is the reply. */
  readonly effect: (arrival: Arrival) => T | Promise<T>;
}

export interface Arrival {
  readonly fault: string | null;
  /** Called when the caller is killed or gives up during the effect. */
  readonly onAbandoned: (told: () => void) => void;
}

/** The only way from a process to the world: each call is counted, can fail, and can be the last one of the process. */
export interface Gate {
  readonly process: SimProcess;
  call<T>(site: string, call: Call<T>): Promise<T>;
  /** A call that returns at once, e.g. of the store. */
  callSync<T>(site: string, effect: (fault: string | null) => T, faults?: readonly string[]): T;
}

const defaultLatency: Latency = [0, 4];

export function createGate(core: WorldCore, process: SimProcess): Gate {
  const { timeline, faults, points, trace } = core;
  const latencies = core.random.fork(`latency of ${process.name}`);
  const flights = core.random.fork(`in flight from ${process.name}`);
  const say = (text: string) => trace.add(`${timeline.nowMs} ${process.name} ${text}`);

  const killedAt = (site: string, nth: number, when: 'before' | 'after'): boolean => {
    if (!points.hit({ site, nth, when })) return false;
    say(`KILLED ${pointText({ site, nth, when })}`);
    process.kill();
    return true;
  };

  return {
    process,
    call: <T>(site: string, call: Call<T>): Promise<T> => {
      if (!process.alive) return never();
      const { signal, lost, cancelled = cancelledCall, latencyMs = defaultLatency } = call;
      if (signal?.aborted === true) return Promise.reject(cancelled(signal.reason));
      const nth = points.nth(site);
      if (killedAt(site, nth, 'before')) return never();
      const kinds = [...(lost === undefined ? [] : ['lost-request', 'lost-reply']), ...(call.faults ?? [])];
      const fault = faults.decide(site, nth, kinds);
      say(`→ ${site}#${nth}${fault === null ? '' : ` !${fault}`}`);
      return new Promise<T>((resolve, reject) => {
        let waits = true;
        const abandoned = new Set<() => void>();
        const forget = process.onDeath(() => giveUp());
        const giveUp = () => {
          waits = false;
          forget();
          signal?.removeEventListener('abort', onAbort);
          for (const told of abandoned) told();
          abandoned.clear();
        };
        const onAbort = () => {
          if (!waits) return;
          giveUp();
          say(`✕ ${site}#${nth}`);
          reject(cancelled(signal?.reason));
        };
        signal?.addEventListener('abort', onAbort, { once: true });
        const reply = (say1: string, deliver: () => void) => {
          abandoned.clear();
          if (process.alive && killedAt(site, nth, 'after')) return;
          timeline.in(latencies.between(...latencyMs), site, () => {
            if (!waits) return;
            giveUp();
            say(`← ${site}#${nth} ${say1}`);
            deliver();
          });
        };
        timeline.in(latencies.between(...latencyMs), site, () => {
          // A request in transit arrives or not after its sender was killed or gave up.
          if (!waits && flights.chance(0.5)) return;
          if (fault === 'lost-request' && lost !== undefined) {
            reply('lost', () => reject(lost()));
            return;
          }
          const arrival: Arrival = {
            fault,
            onAbandoned: (told) => {
              if (waits) abandoned.add(told);
              else told();
            },
          };
          settle(call.effect, arrival, (error, value) => {
            if (fault === 'lost-reply' && lost !== undefined) reply('lost', () => reject(lost()));
            else if (error === null) reply('ok', () => resolve(value as T));
            else reply(errorText(error.thrown), () => reject(error.thrown));
          });
        });
      });
    },
    callSync: (site, effect, kinds = []) => {
      if (!process.alive) throw new ProcessKilled(process.name);
      const nth = points.nth(site);
      if (killedAt(site, nth, 'before')) throw new ProcessKilled(process.name);
      const fault = faults.decide(site, nth, kinds);
      say(`· ${site}#${nth}${fault === null ? '' : ` !${fault}`}`);
      const value = effect(fault);
      if (killedAt(site, nth, 'after')) throw new ProcessKilled(process.name);
      return value;
    },
  };
}

/** Without a promise for an immediate effect, so that nothing else happens between request and effect. */
function settle<T>(
  effect: (arrival: Arrival) => T | Promise<T>,
  arrival: Arrival,
  done: (error: { readonly thrown: unknown } | null, value?: T) => void,
): void {
  try {
    const value = effect(arrival);
    if (value instanceof Promise) {
      value.then(
        (late) => done(null, late),
        (thrown: unknown) => done({ thrown }),
      );
    } else done(null, value);
  } catch (thrown) {
    done({ thrown });
  }
}

function cancelledCall(reason: unknown): PressluftError {
  return new PressluftError(errors.cancelled, 'cancelled', { cause: reason });
}

function errorText(thrown: unknown): string {
  return isPressluftError(thrown) ? thrown.code : thrown instanceof Error ? thrown.name : 'error';
}
