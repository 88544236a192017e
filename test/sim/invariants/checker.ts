import type { World } from '../world/world.ts';

/** An invariant, checked by independent code that sees the real state of the world. */
export interface Checker {
  readonly name: string;
  /** Called after every event. */
  step?(world: World): void;
  /** Called at rest, before people take their changes back. */
  found?(world: World): void;
  /** Called after faults have ended and all is at rest. */
  rest?(world: World): void;
}

/** A violated invariant. */
export class Violation extends Error {
  readonly invariant: string;

  constructor(invariant: string, message: string) {
    super(message);
    this.name = 'Violation';
    this.invariant = invariant;
  }
}

/** Returns the items that were added to a growing list since the last call. */
export function newIn<T>(list: (world: World) => readonly T[]): (world: World) => readonly T[] {
  let seen = 0;
  return (world) => {
    const all = list(world);
    if (all.length === seen) return none;
    const fresh = all.slice(seen);
    seen = all.length;
    return fresh;
  };
}

const none: readonly never[] = [];
