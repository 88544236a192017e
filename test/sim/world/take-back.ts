import type { OutsideChange, World } from './world.ts';

/** The person who made a change outside of Git takes it back. Returns whether that was possible. */
export function takeBack(world: World, change: OutsideChange): boolean {
  const at = world.outsideChanges.indexOf(change);
  if (at < 0 || change.undo?.() !== true) return false;
  world.outsideChanges.splice(at, 1);
  return true;
}

/** All of them, the last one first. Returns whether anything was done. */
export function takeAllBack(world: World): boolean {
  return [...world.outsideChanges]
    .reverse()
    .map((change) => takeBack(world, change))
    .includes(true);
}
