import { actionKinds } from '../../src/actions/index.ts';
import type { ActionCatalogue, ActionTraits } from '../../src/fleet/action-traits.ts';
import type { ActionKind } from '../../src/fleet/plan.ts';

export const allKinds = Object.keys(actionKinds) as ActionKind[];

/** The action kinds with only these supported. */
export function supporting(...supported: readonly ActionKind[]): ActionCatalogue {
  const traits = allKinds.map((kind): [ActionKind, ActionTraits] => [
    kind,
    { ...actionKinds[kind], supported: supported.includes(kind) },
  ]);
  return Object.fromEntries(traits) as Record<ActionKind, ActionTraits>;
}

/** The action kinds with all supported. */
export const everyKind = supporting(...allKinds);
