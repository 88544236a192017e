import type { MachineBackend } from '../machines/backend.ts';
import type { ActionRunner } from './action-runner.ts';
import type { FaultControl } from './faults.ts';
import type { StateStore } from './state-store.ts';

/** The dependencies of every endpoint of the lab's cloud. */
export interface Cloud {
  readonly store: StateStore;
  readonly backend: MachineBackend;
  readonly faults: FaultControl;
  readonly runner: ActionRunner;
  readonly now: () => number;
  /** Server limit of the account. */
  readonly maxServers: number;
  /** How long `POST /servers` waits for the machine's address to be known, in ms; after that it answers without one. */
  readonly addressWaitMs: number;
}

export interface ApiRequest {
  readonly method: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: unknown;
}

export interface ApiReply {
  readonly status: number;
  readonly body?: object;
}

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Path below `/v1`, with `{name}` for a parameter, exactly as the OpenAPI document writes it. */
  readonly path: string;
  readonly handle: (request: ApiRequest) => Promise<ApiReply> | ApiReply;
}

/** The numeric id in a path parameter, or NaN, which no resource has. */
export function idOf(request: ApiRequest, name = 'id'): number {
  const text = request.params[name] ?? '';
  return /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
}
