import { defineAction } from './define-action.ts';
import { removeEnvironments } from './environment-delete.ts';

declare module '../fleet/plan.ts' {
  interface ActionOutputs {
    'environment.retain': null;
  }
}

export const environmentRetain = defineAction({
  kind: 'environment.retain',
  rank: 9,
  batchKey: 'remove',
  effect: 'retires',
  risk: 'downtime',
  assumedSeconds: 10,
  run: removeEnvironments,
});
