import { defineAction } from './define-action.ts';

declare module '../fleet/plan.ts' {
  interface ActionOutputs {
    'backup.restore': null;
  }
}

/** Not supported yet. */
export const backupRestore = defineAction({
  kind: 'backup.restore',
  rank: 6,
  batchKey: 'restore',
  effect: 'changes',
  risk: 'data',
  assumedSeconds: 60,
});
