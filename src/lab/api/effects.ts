import { serverOf, takeEffect } from '../cloud/actions.ts';
import { serverTypes } from '../cloud/catalogue.ts';
import { inboundRules } from '../cloud/firewall-rules.ts';
import type { StoredAction, StoredServer } from '../cloud/model.ts';
import type { InboundRule, MachineBackend, MachineSpec } from '../machines/backend.ts';
import type { FaultControl } from './faults.ts';
import type { StateStore } from './state-store.ts';

export interface EffectDeps {
  readonly store: StateStore;
  readonly backend: MachineBackend;
  readonly faults: FaultControl;
}

/** The effect of an action on the machines. Idempotent: it is repeated after a crash. */
export async function carryOutEffect(
  deps: EffectDeps,
  action: StoredAction,
  signal: AbortSignal,
): Promise<void> {
  const { backend, store } = deps;
  const id = serverOf(action);
  const server = store.read().servers.find((candidate) => candidate.id === id);
  if (!server) return;
  const { command } = action;
  switch (command) {
    case 'create_server':
      await createMachine(deps, server, action.leaveOff === true, signal);
      break;
    case 'start_server':
      await backend.powerOn(server.id, signal);
      break;
    case 'stop_server':
    case 'shutdown_server':
      await backend.powerOff(server.id, signal);
      break;
    case 'reboot_server':
    case 'reset_server':
      await backend.reboot(server.id, signal);
      break;
    case 'rebuild_server':
      await backend.rebuild(machineSpec({ ...server, image: action.image ?? server.image }), signal);
      break;
    case 'change_server_type':
      await backend.resize(machineSpec({ ...server, ...action.resize }));
      await backend.powerOn(server.id, signal);
      break;
    case 'delete_server':
      await backend.destroy(server.id);
      break;
    case 'set_firewall_rules':
    case 'apply_firewall':
    case 'remove_firewall':
      await enforceFirewalls(deps, server.id);
      break;
    case 'create_image':
    case 'change_protection':
      break;
    default:
      command satisfies never;
  }
  await store.update((draft) => takeEffect(draft, action));
}

/** Applies the current firewalls to the machine's packet filter; a machine that does not exist yet gets them when it is created. */
export async function enforceFirewalls(deps: EffectDeps, serverId: number): Promise<void> {
  const state = deps.store.read();
  const server = state.servers.find((candidate) => candidate.id === serverId);
  if (!server?.ipv4) return;
  const rules: readonly InboundRule[] | undefined = inboundRules(state.firewalls, server);
  await deps.backend.setFirewall(serverId, rules);
}

async function createMachine(
  deps: EffectDeps,
  server: StoredServer,
  leaveOff: boolean,
  signal: AbortSignal,
): Promise<void> {
  const machine = await deps.backend.create(machineSpec(server), signal);
  await deps.store.update((draft) => {
    const stored = draft.servers.find((candidate) => candidate.id === server.id);
    if (stored) stored.ipv4 = machine.ipv4;
  });
  await enforceFirewalls(deps, server.id);
  if (deps.faults.peek('network-cut', (fault) => namesServer(fault.server, server)).length > 0) {
    await deps.backend.setNetworkCut(server.id, true);
  }
  if (leaveOff) await deps.backend.powerOff(server.id, signal);
}

/** Faults name a server by its name or its id. */
export function namesServer(text: string, server: StoredServer): boolean {
  return text === server.name || text === String(server.id);
}

function machineSpec(server: StoredServer): MachineSpec {
  const type = serverTypes.find((candidate) => candidate.name === server.serverType);
  return {
    id: server.id,
    name: server.name,
    image: server.image,
    cores: type?.cores ?? 1,
    memoryMib: (type?.memoryGib ?? 1) * 1024,
    diskGib: server.diskGib ?? type?.diskGib ?? 10,
    userData: server.userData ?? undefined,
    sshAuthorizedKeys: server.authorizedKeys,
  };
}
