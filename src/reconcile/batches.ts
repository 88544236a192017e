import type { Batch } from '../actions/define-action.ts';
import { actionKinds } from '../actions/index.ts';
import type { Action } from '../fleet/plan.ts';

/** Groups actions that can run together on a node, in plan order. */
export function batchesOf(actions: readonly Action[]): readonly Batch[] {
  const groups = new Map<string, Action[]>();
  for (const action of actions) {
    const key = `${actionKinds[action.kind].batchKey ?? action.id}/${action.target.node}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [action]);
    else group.push(action);
  }
  return [...groups].flatMap(([key, group]) => {
    const first = group[0];
    return first === undefined ? [] : [{ key, actions: group, node: first.target.node }];
  });
}
