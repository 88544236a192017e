import { defineAction } from './define-action.ts';

declare module '../fleet/plan.ts' {
  interface ActionOutputs {
    'backup.create': null;
  }
}

/** Not supported yet. */
export const backupCreate = defineAction({
  kind: 'backup.create',
  // Before the action that it protects, and after the action that creates its environment.
  rank: 2,
  rankAfterEnvironment: 8,
  batchKey: 'backup',
  effect: 'changes',
  risk: 'none',
  assumedSeconds: 60,
});
