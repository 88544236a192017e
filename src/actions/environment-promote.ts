import { defineAction } from './define-action.ts';

declare module '../fleet/plan.ts' {
  interface ActionOutputs {
    'environment.promote': null;
  }
}

/** Not supported yet. */
export const environmentPromote = defineAction({
  kind: 'environment.promote',
  rank: 7,
  batchKey: 'promote',
  effect: 'changes',
  risk: 'data',
  assumedSeconds: 60,
});
