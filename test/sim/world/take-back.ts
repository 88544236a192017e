import type { OutsideChange, World } from './world.ts';

/** The person who made a change outside of Git takes it back. Returns whether that was possible. */
export function takeBack(world: World, change: OutsideChange): boolean {
  const at = world.outsideChanges.indexOf(change);
  if (at < 0 || change.undo?.() !== true) return false;
  // Name and labels of a server are put back together, whoever changed which of them.
  const isDone = (other: OutsideChange) =>
    other === change ||
    (change.finding === 'identity' && other.finding === 'identity' && other.node === change.node);
  const left = world.outsideChanges.filter((other) => !isDone(other));
  world.outsideChanges.splice(0, world.outsideChanges.length, ...left);
  return true;
}

/** All of them, the last one first. Returns whether anything was done. */
export function takeAllBack(world: World): boolean {
  return [...world.outsideChanges]
    .reverse()
    .map((change) => takeBack(world, change))
    .includes(true);
}
