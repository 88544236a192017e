import { emptyStoreFile, simStore } from '../../sim/controller/sim-store.ts';
import {
  crashPoints,
  createGate,
  createTrace,
  faultLog,
  noFaults,
  SimProcess,
  simRandom,
  Timeline,
} from '../../sim/core/index.ts';
import { describeStore } from './store-contract.ts';

describeStore('simulated', () => {
  const random = simRandom(1);
  const core = {
    timeline: new Timeline(random),
    random,
    faults: faultLog(noFaults),
    points: crashPoints({ kill: () => false }),
    trace: createTrace(),
  };
  const file = emptyStoreFile();
  let lives = 0;
  return {
    maxRuns: 5,
    // Each process opens the same file.
    open: () => {
      lives += 1;
      return simStore(createGate(core, new SimProcess(`process-${lives}`, 0)), file, { maxRuns: 5 });
    },
    close: () => undefined,
  };
});
