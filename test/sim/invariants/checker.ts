import type { World } from '../world/world.ts';

/** Something that must hold, judged by code of its own that sees the world as it really is. */
export interface Checker {
  readonly name: string;
  /** After everything that happens. */
  step?(world: World): void;
  /** Once nothing goes wrong any more and all has come to rest. */
  rest?(world: World): void;
}

/** A promise that was broken. */
export class Violation extends Error {
  readonly invariant: string;

  constructor(invariant: string, message: string) {
    super(message);
    this.name = 'Violation';
    this.invariant = invariant;
  }
}

/** Gives what was added to a growing list since it was asked last. */
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
