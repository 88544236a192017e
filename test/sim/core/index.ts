export { type CrashPoint, crashPoints, pointText } from './crash-points.ts';
export { drive } from './drive.ts';
export { type Fault, type FaultSource, faultLog, noFaults, randomFaults, theseFaults } from './faults.ts';
export { type Arrival, type Call, createGate, type Gate, type Latency, type WorldCore } from './gate.ts';
export { never, ProcessKilled, SimProcess } from './process.ts';
export { type SimRandom, simRandom } from './random.ts';
export { HostClock, simClock } from './sim-clock.ts';
export { type Happening, Timeline } from './timeline.ts';
export { createTrace, type Trace } from './trace.ts';
