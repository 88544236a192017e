import { type PinnedAddress, pinAddress } from '../../../src/adapters/ssh/pinned-address.ts';
import { sshFailure } from '../../../src/adapters/ssh/ssh-failure.ts';
import type { PressluftError } from '../../../src/fleet/errors.ts';
import { bareKey } from '../../../src/fleet/naming.ts';
import type { MachineAddress } from '../../../src/ports/machine.ts';
import type { SimMachine } from './machine.ts';
import type { SimMachines } from './sim-machines.ts';

const connectTimeoutMs = 10_000;

export type Login =
  | { readonly kind: 'in'; readonly machine: SimMachine }
  /** `afterMs`: time until the client notices. */
  | { readonly kind: 'out'; readonly error: PressluftError; readonly afterMs: number };

/** Outcome of a login attempt at this time, without its duration. Throws PL2002 and PL4021 for addresses that are never connected to. */
export function login(machines: SimMachines, address: MachineAddress, publicKey: string): Login {
  const pinned = pinAddress(address);
  const { host, port, user } = pinned;
  const machine = machines.machines.get(host);
  if (machine === undefined || machine.power === 'off' || machine.networkCut) return silent(pinned);
  if (machines.nowMs < machine.upAtMs || machine.port !== port) {
    return out(pinned, `ssh: connect to host ${host} port ${port}: Connection refused`, 20);
  }
  if (!pinned.hostKeys.includes(machine.hostKey)) return otherHostKey(pinned);
  const account = machines.nowMs < machine.loginAtMs ? undefined : machine.users.get(user);
  return account?.keys.has(bareKey(publicKey)) === true ? { kind: 'in', machine } : keyRefused(pinned);
}

/** Faults of a login attempt. */
export function faultyLogin(address: MachineAddress, fault: string | null): Login | null {
  if (fault === 'unreachable') return silent(pinAddress(address));
  if (fault === 'host-key') return otherHostKey(pinAddress(address));
  return fault === 'key-refused' ? keyRefused(pinAddress(address)) : null;
}

function silent(address: PinnedAddress): Login {
  return out(
    address,
    `ssh: connect to host ${address.host} port ${address.port}: Connection timed out`,
    connectTimeoutMs,
  );
}

function otherHostKey(address: PinnedAddress): Login {
  return out(address, 'Host key verification failed.', 100);
}

function keyRefused(address: PinnedAddress): Login {
  return out(address, `${address.user}@${address.host}: Permission denied (publickey).`, 200);
}

function out(address: PinnedAddress, log: string, afterMs: number): Login {
  return { kind: 'out', error: sshFailure(address, log), afterMs };
}

/** The error of a connection that was lost during a command. */
export function lostConnection(address: MachineAddress): PressluftError {
  return sshFailure(pinAddress(address), 'the connection was lost while a command was running');
}
