import type { AtWork } from './module.ts';

/** See LOCK_PATIENCE_SECONDS in `arguments.py`. */
const patienceMs = 120_000;
/** Interval of attempts; who gets a freed lock first is random. */
const tryEveryMs = 200;

/** Waits for the node's lock; false when it is still held after two minutes. The lock ends with its module, or with the machine. */
export async function takeLock(at: AtWork): Promise<boolean> {
  const { machines, machine, run } = at;
  const deadlineMs = machines.nowMs + patienceMs;
  while (machine.lock !== null) {
    if (machines.nowMs > deadlineMs) return false;
    await freed(at, deadlineMs);
    await at.pass(machines.random.between(1, tryEveryMs));
  }
  machine.lock = { run: run.number };
  return true;
}

export function releaseLock({ machines, machine, run }: Pick<AtWork, 'machines' | 'machine' | 'run'>): void {
  if (machine.lock?.run !== run.number) return;
  machine.lock = null;
  machines.lockFreed();
}

function freed({ machines }: AtWork, deadlineMs: number): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      unwatch();
      timer.cancel();
      resolve();
    };
    const timer = machines.core.timeline.in(deadlineMs - machines.nowMs + 1, 'lock', end);
    const unwatch = machines.watchLocks(end);
  });
}
