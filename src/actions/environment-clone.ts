import { defineAction } from './define-action.ts';

declare module '../fleet/plan.ts' {
  interface ActionOutputs {
    'environment.clone': null;
  }
}

/** Not supported yet. */
export const environmentClone = defineAction({
  kind: 'environment.clone',
  rank: 6,
  batchKey: 'clone',
  effect: 'changes',
  risk: 'none',
  assumedSeconds: 60,
});
