import type { Daemon } from './daemon.ts';
import type { Dice } from './dice.ts';

/** When a daemon is killed. */
export type Aim =
  /** This long after its start. */
  | { readonly kind: 'time'; readonly afterMs: number }
  /** This many log lines after its start, and a short delay: busy phases are hit more often. */
  | { readonly kind: 'lines'; readonly count: number; readonly thenMs: number }
  /** Once it has completed an action, and a short delay, so that the fleet makes progress between the kills. */
  | { readonly kind: 'action' | 'recording'; readonly thenMs: number };

/** Every fourth aim waits for a completed action; the others are at any time. */
export function aimOf(round: number, choose: Dice): Aim {
  switch (round % 4) {
    case 0:
    case 2:
      return { kind: 'lines', count: choose.logBetween(3, 300), thenMs: choose.between(0, 200) };
    case 1:
      return { kind: 'time', afterMs: choose.logBetween(50, 9000) };
    default:
      return choose.chance(0.5)
        ? { kind: 'action', thenMs: choose.logBetween(20, 2500) }
        : { kind: 'recording', thenMs: choose.between(0, 150) };
  }
}

/** A daemon that has nothing left to do, or makes no progress, is killed too. */
const idleMs = 1500;
const longestMs = 240_000;

/** Resolves at the moment to kill, or when the daemon ended by itself. */
export async function waitForAim(aim: Aim, daemon: Daemon): Promise<void> {
  const began = performance.now();
  let idleSince: number | null = null;
  const isReached = () => {
    const now = performance.now();
    idleSince = daemon.phase() === 'idle' ? (idleSince ?? now) : null;
    if (!daemon.isAlive() || now - began > longestMs) return true;
    if (aim.kind === 'time') return now - began >= aim.afterMs;
    // The first pass may have failed for a reason that no longer exists in the second one.
    if (daemon.counts().passes > 1 && idleSince !== null && now - idleSince > idleMs) return true;
    if (aim.kind === 'lines') return daemon.lines() >= aim.count;
    if (aim.kind === 'action') return daemon.counts().succeeded > 0;
    return daemon.phase() === 'recording' && daemon.counts().succeeded > 0;
  };
  while (!isReached()) await pause(5);
  if (aim.kind !== 'time') await pause(aim.thenMs);
}

function pause(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}
