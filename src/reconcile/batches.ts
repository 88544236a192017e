import type { NodeName } from '../fleet/brand.ts';
import type { Action, ActionKind } from '../fleet/plan.ts';

/** Actions that are carried out together: one server call, or one Ansible run with all environments of a node. */
export interface Batch {
  readonly key: string;
  readonly actions: readonly Action[];
  readonly node: NodeName;
}

const playbookOf: Readonly<Record<ActionKind, string>> = {
  'node.create': 'node.create',
  'node.provision': 'node.provision',
  'environment.converge': 'converge',
  'environment.stop': 'converge',
  'environment.start': 'converge',
  'environment.retain': 'remove',
  'environment.delete': 'remove',
  'node.delete': 'node.delete',
  'environment.clone': 'clone',
  'environment.promote': 'promote',
  'backup.create': 'backup',
  'backup.restore': 'restore',
};

/** Groups actions by node and playbook, in plan order. */
export function batchesOf(actions: readonly Action[]): readonly Batch[] {
  const groups = new Map<string, Action[]>();
  for (const action of actions) {
    const key = `${playbookOf[action.kind]}/${action.target.node}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [action]);
    else group.push(action);
  }
  return [...groups].flatMap(([key, group]) => {
    const first = group[0];
    return first === undefined ? [] : [{ key, actions: group, node: first.target.node }];
  });
}
