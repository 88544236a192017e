import { errors } from '../../../src/fleet/error-catalogue.ts';
import { PressluftError } from '../../../src/fleet/errors.ts';
import type { MachineAddress } from '../../../src/ports/machine.ts';
import type { Arrival, Happening } from '../core/index.ts';
import { faultyLogin, login } from './login.ts';
import type { SimMachines } from './sim-machines.ts';

export const reachabilityFaults: readonly string[] = ['unreachable', 'key-refused', 'host-key'];

/** A refused key is waited for this long; see `wait-until-reachable.ts`. */
const authGraceMs = 60_000;

/**
 * Ends when one more attempt to log in would succeed, or fail for good. The attempts themselves are not simulated one by one: they change
 * nothing, and hundreds of them would drown everything else.
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

/** When an attempt may end in another way than now, as far as that is known. */
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
