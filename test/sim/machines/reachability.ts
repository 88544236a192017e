import { errors } from '../../../src/fleet/error-catalogue.ts';
import { PressluftError } from '../../../src/fleet/errors.ts';
import type { MachineAddress } from '../../../src/ports/machine.ts';
import type { Arrival, Happening } from '../core/index.ts';
import { faultyLogin, login } from './login.ts';
import type { SimMachines } from './sim-machines.ts';

export const reachabilityFaults: readonly string[] = ['unreachable', 'key-refused', 'host-key'];

/** Wait time for a refused key; see `wait-until-reachable.ts`. */
const authGraceMs = 60_000;

/**
 * Settles when a login attempt would succeed, or fail permanently. Single attempts are not simulated: they change nothing, and hundreds
 * of them would dominate the run.
 */
export function untilReachable(
  machines: SimMachines,
  publicKey: string,
  address: MachineAddress,
  timeoutMs: number,
  { fault, onAbandoned }: Pick<Arrival, 'fault' | 'onAbandoned'>,
): Promise<void> {
  const { timeline } = machines.core;
  const deadlineMs = machines.nowMs + timeoutMs;
  const pauseMs = machines.random.between(100, 2000);
  return new Promise((resolve, reject) => {
    let next: Happening | null = null;
    let refusedSinceMs: number | null = null;
    let ended = false;
    const end = (settle: () => void) => {
      ended = true;
      unwatch();
      next?.cancel();
      settle();
    };
    const attempt = () => {
      if (ended) return;
      next?.cancel();
      next = null;
      const entry = faultyLogin(address, fault) ?? login(machines, address, publicKey);
      if (entry.kind === 'in') return end(resolve);
      const { error } = entry;
      if (error.code === errors.nodeHostKeyMismatch) return end(() => reject(error));
      refusedSinceMs = error.code === errors.nodeRefusedKey ? (refusedSinceMs ?? machines.nowMs) : null;
      if (refusedSinceMs !== null && machines.nowMs - refusedSinceMs >= authGraceMs)
        return end(() => reject(error));
      if (machines.nowMs >= deadlineMs) return end(() => reject(timeOver(error, timeoutMs)));
      const atMs = Math.min(deadlineMs, nextChange(machines, address, refusedSinceMs));
      next = timeline.in(atMs - machines.nowMs, 'ssh', attempt);
    };
    const unwatch = machines.watch(() => {
      next?.cancel();
      next = timeline.in(pauseMs, 'ssh', attempt);
    });
    onAbandoned(() => end(resolve));
    next = timeline.in(50, 'ssh', attempt);
  });
}

/** The next time at which the outcome of an attempt may change, if known. */
function nextChange(machines: SimMachines, { host }: MachineAddress, refusedSinceMs: number | null): number {
  const machine = machines.machines.get(host);
  const later = [
    machine?.upAtMs,
    machine?.loginAtMs,
    refusedSinceMs === null ? undefined : refusedSinceMs + authGraceMs,
  ];
  return Math.min(
    ...later.map((atMs) => (atMs !== undefined && atMs > machines.nowMs ? atMs : Number.POSITIVE_INFINITY)),
  );
}

function timeOver(last: PressluftError, timeoutMs: number): PressluftError {
  if (last.code === errors.nodeRefusedKey) return last;
  const seconds = Math.round(timeoutMs / 1000);
  return new PressluftError(
    errors.nodeUnreachable,
    `SSH did not answer within ${seconds} s; at last: ${last.message}`,
    {
      ...(last.hint === undefined ? {} : { hint: last.hint }),
      cause: last,
    },
  );
}
