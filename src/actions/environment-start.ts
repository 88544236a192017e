import { defineAction } from './define-action.ts';
import { convergeEnvironments } from './environment-converge.ts';

declare module '../fleet/plan.ts' {
  interface ActionOutputs {
    'environment.start': null;
  }
}

export const environmentStart = defineAction({
  kind: 'environment.start',
  rank: 4,
  batchKey: 'converge',
  effect: 'changes',
  risk: 'downtime',
  assumedSeconds: 10,
  run: convergeEnvironments,
});
