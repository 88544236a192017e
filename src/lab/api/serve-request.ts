import { setTimeout as sleep } from 'node:timers/promises';
import { answer, type CloudRequest } from '../cloud/answer.ts';
import type { ApiReply, Datacenter } from '../cloud/cloud.ts';
import type { CloudState, StoredAction } from '../cloud/model.ts';
import { renderAction, renderServer } from '../cloud/views.ts';
import type { ActionRunner } from './action-runner.ts';
import { type EffectDeps, enforceFirewalls } from './effects.ts';

export interface ServeDeps extends EffectDeps {
  readonly datacenter: Datacenter;
  readonly runner: ActionRunner;
  readonly now: () => number;
  /** How long `POST /servers` waits for the machine's address to be known, in ms; after that it answers without one. */
  readonly addressWaitMs: number;
}

/** Answers once every change is on disk; the actions that the request started run in the background. */
export async function serveRequest(deps: ServeDeps, request: CloudRequest): Promise<ApiReply> {
  const { store, datacenter } = deps;
  const handle = (state: CloudState) => answer({ state, nowMs: deps.now(), datacenter }, request);
  if (request.method === 'GET') return handle(store.read());
  const reply = await store.update(handle);
  const started = reply.started ?? [];
  deps.runner.launch(started);
  if (reply.relabelled !== undefined) await enforceFirewalls(deps, reply.relabelled);
  const [created] = started;
  return created?.command === 'create_server' ? withAddress(deps, reply, created) : reply;
}

/** Hetzner's reply contains the address of the new server. */
async function withAddress(deps: ServeDeps, reply: ApiReply, created: StoredAction): Promise<ApiReply> {
  const id = created.resources[0]?.id ?? Number.NaN;
  await addressKnown(deps, id, created.id);
  const state = deps.store.read();
  const server = state.servers.find((candidate) => candidate.id === id);
  if (server === undefined) return reply;
  return {
    ...reply,
    body: {
      ...reply.body,
      server: renderServer(state, server, deps.datacenter.isSoldOut),
      action: renderAction(created, deps.now()),
    },
  };
}

async function addressKnown(deps: ServeDeps, id: number, actionId: number): Promise<void> {
  const { store } = deps;
  const deadline = performance.now() + deps.addressWaitMs;
  for (;;) {
    const state = store.read();
    const running = state.actions.some((action) => action.id === actionId && action.status === 'running');
    if (!running || state.servers.find((server) => server.id === id)?.ipv4) return;
    const machine = (await deps.backend.list()).find((candidate) => candidate.id === id);
    if (machine) {
      await store.update((draft) => {
        const server = draft.servers.find((candidate) => candidate.id === id);
        if (server) server.ipv4 = machine.ipv4;
      });
      return;
    }
    if (performance.now() >= deadline) return;
    await sleep(25);
  }
}
