import { defineAction } from './define-action.ts';
import { convergeEnvironments } from './environment-converge.ts';

declare module '../fleet/plan.ts' {
  interface ActionOutputs {
    'environment.stop': null;
  }
}

export const environmentStop = defineAction({
  kind: 'environment.stop',
  rank: 3,
  batchKey: 'converge',
  effect: 'stops',
  risk: 'downtime',
  assumedSeconds: 10,
  run: convergeEnvironments,
});
