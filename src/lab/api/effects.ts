import type { InboundRule, MachineBackend, MachineSpec } from '../machines/backend.ts';
import { serverTypes } from './catalogue.ts';
import type { FaultControl } from './faults.ts';
import { inboundRules } from './firewall-rules.ts';
import type { StoredAction, StoredServer } from './model.ts';
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
  const id = action.resources.find((resource) => resource.type === 'server')?.id;
  const server = store.read().servers.find((candidate) => candidate.id === id);
  if (!server) return;
  switch (action.command) {
    case 'create_server':
      return createMachine(deps, server, action.leaveOff === true, signal);
    case 'start_server':
      await backend.powerOn(server.id, signal);
      return setPower(deps, server.id, 'running');
    case 'stop_server':
    case 'shutdown_server':
      await backend.powerOff(server.id, signal);
      return setPower(deps, server.id, 'off');
    case 'reboot_server':
    case 'reset_server':
      await backend.reboot(server.id, signal);
      return setPower(deps, server.id, 'running');
    case 'rebuild_server':
      await backend.rebuild(server.id, action.image ?? server.image, signal);
      return setPower(deps, server.id, 'running');
    case 'delete_server':
      await backend.destroy(server.id);
      return forgetServer(deps, server.id);
    case 'set_firewall_rules':
    case 'apply_firewall':
    case 'remove_firewall':
      return enforceFirewalls(deps, server.id);
    case 'change_protection':
      return;
    default:
      action.command satisfies never;
  }
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
    if (stored) Object.assign(stored, { ipv4: machine.ipv4, power: 'running' });
  });
  await enforceFirewalls(deps, server.id);
  if (deps.faults.peek('network-cut', (fault) => namesServer(fault.server, server)).length > 0) {
    await deps.backend.setNetworkCut(server.id, true);
  }
  if (leaveOff) {
    await deps.backend.powerOff(server.id, signal);
    await setPower(deps, server.id, 'off');
  }
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
    diskGib: type?.diskGib ?? 10,
    userData: server.userData ?? undefined,
    sshAuthorizedKeys: server.authorizedKeys,
  };
}

async function setPower(deps: EffectDeps, id: number, power: StoredServer['power']): Promise<void> {
  await deps.store.update((draft) => {
    const server = draft.servers.find((candidate) => candidate.id === id);
    if (server) server.power = power;
  });
}

async function forgetServer(deps: EffectDeps, id: number): Promise<void> {
  await deps.store.update((draft) => {
    draft.servers = draft.servers.filter((server) => server.id !== id);
    for (const firewall of draft.firewalls) {
      firewall.appliedTo = firewall.appliedTo.filter(
        (target) => target.type !== 'server' || target.server.id !== id,
      );
    }
  });
}
