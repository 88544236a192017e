import type { ActionKind } from '../fleet/plan.ts';
import { backupCreate } from './backup-create.ts';
import { backupRestore } from './backup-restore.ts';
import type { ActionDefinition } from './define-action.ts';
import { environmentClone } from './environment-clone.ts';
import { environmentConverge } from './environment-converge.ts';
import { environmentDelete } from './environment-delete.ts';
import { environmentPromote } from './environment-promote.ts';
import { environmentRetain } from './environment-retain.ts';
import { environmentStart } from './environment-start.ts';
import { environmentStop } from './environment-stop.ts';
import { nodeCreate } from './node-create.ts';
import { nodeDelete } from './node-delete.ts';
import { nodeFirewall } from './node-firewall.ts';
import { nodeProvision } from './node-provision.ts';

/** All action kinds. The type ensures that none is missing, and that each has the kind and output that its file declares. */
export const actionKinds: { readonly [K in ActionKind]: ActionDefinition<K> } = {
  'node.create': nodeCreate,
  'node.provision': nodeProvision,
  'node.firewall': nodeFirewall,
  'node.delete': nodeDelete,
  'environment.converge': environmentConverge,
  'environment.stop': environmentStop,
  'environment.start': environmentStart,
  'environment.retain': environmentRetain,
  'environment.delete': environmentDelete,
  'environment.clone': environmentClone,
  'environment.promote': environmentPromote,
  'backup.create': backupCreate,
  'backup.restore': backupRestore,
};
