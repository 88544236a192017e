import {
  type Connection,
  type ConnectionOptions,
  type Exchange,
  endpointsOver,
  type WireRequest,
} from '../../../src/adapters/hetzner/connection.ts';
import type { Arrival, Gate, Latency } from '../core/index.ts';
import { answer } from './answer.ts';
import { faultsOf } from './exchange-faults.ts';
import { type SimHetzner, templateOf } from './sim-hetzner.ts';

/** Round trip to the provider: 50 to 330 ms. */
const latencyMs: Latency = [25, 150];

/** A delayed request takes effect before or after its sender gave up and sent it again. */
const lateMs: Latency = [1_000, 120_000];

/** The adapter's connection to a project: each exchange is one call of the gate. */
export function simConnection(
  gate: Gate,
  account: SimHetzner,
  { token, requestTimeoutMs }: ConnectionOptions,
): Connection {
  return {
    async exchange(request, signal) {
      const template = templateOf(request.path);
      try {
        return await gate.call<Exchange>(`hetzner.${request.method} ${template}`, {
          signal,
          latencyMs,
          faults: faultsOf(request.method, template),
          lost: () => new ConnectionLost(),
          cancelled: (reason) => reason as Error,
          effect: (arrival) => arrive(gate, account, { request, token, arrival, requestTimeoutMs }),
        });
      } catch (error) {
        if (error instanceof ConnectionLost)
          return { kind: 'failure', failure: 'lost', errorCode: 'ECONNRESET' };
        throw error;
      }
    },
    endpoints: endpointsOver,
  };
}

interface Arriving {
  readonly request: WireRequest;
  readonly token: string;
  readonly arrival: Arrival;
  readonly requestTimeoutMs: number;
}

function arrive(
  gate: Gate,
  account: SimHetzner,
  { request, token, arrival, requestTimeoutMs }: Arriving,
): Exchange | Promise<Exchange> {
  const { fault } = arrival;
  if (fault === 'not-sent') return { kind: 'failure', failure: 'not_sent', errorCode: 'ECONNREFUSED' };
  if (fault === 'timeout') return silence(account, arrival, requestTimeoutMs);
  const ask = () => answer(account, { request, by: gate.process.name, token, fault });
  if (fault === 'timeout-late') {
    account.timeline.in(account.random.between(...lateMs), 'late request', ask);
    return silence(account, arrival, requestTimeoutMs);
  }
  const reply = ask();
  return fault === 'timeout-after' ? silence(account, arrival, requestTimeoutMs) : reply;
}

function silence({ timeline }: SimHetzner, arrival: Arrival, requestTimeoutMs: number): Promise<Exchange> {
  return new Promise((resolve) => {
    const over = timeline.in(requestTimeoutMs, 'request timeout', () =>
      resolve({ kind: 'failure', failure: 'timeout', errorCode: 'ETIMEDOUT' }),
    );
    arrival.onAbandoned(() => over.cancel());
  });
}

class ConnectionLost extends Error {
  constructor() {
    super('the connection was lost');
    this.name = 'ConnectionLost';
  }
}
