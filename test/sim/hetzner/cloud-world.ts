import type { Clock } from '../../../src/ports/clock.ts';
import type { Log } from '../../../src/ports/log.ts';
import type { ProviderAccount } from '../../../src/ports/provider.ts';
import { memoryLog } from '../../support/memory-log.ts';
import type { FaultSource } from '../core/faults.ts';
import {
  type CrashPoint,
  crashPoints,
  createGate,
  createTrace,
  faultLog,
  type Gate,
  noFaults,
  SimProcess,
  simRandom,
  Timeline,
  type WorldCore,
} from '../core/index.ts';
import { HostClock, simClock } from '../core/sim-clock.ts';
import type { MachineOrder } from './model.ts';
import { simCloud } from './sim-cloud.ts';
import { SimHetzner, type SimHetznerOptions } from './sim-hetzner.ts';

/** A project and machines without behaviour, for tests of the simulated provider only. */
export interface CloudWorld {
  readonly core: WorldCore;
  readonly account: SimHetzner;
  readonly machines: Map<string, MachineOrder>;
  /** A new process with its own client. */
  start(
    name?: string,
    token?: string,
  ): { readonly gate: Gate; readonly clock: Clock; readonly cloud: ProviderAccount };
}

export interface CloudWorldOptions {
  readonly seed?: number;
  readonly source?: FaultSource;
  readonly kill?: (point: CrashPoint) => boolean;
  readonly log?: Log;
  readonly account?: Partial<SimHetznerOptions>;
}

export function cloudWorld(options: CloudWorldOptions = {}): CloudWorld {
  const random = simRandom(options.seed ?? 1);
  const timeline = new Timeline(random.fork('timeline'));
  const core: WorldCore = {
    timeline,
    random,
    faults: faultLog(options.source ?? noFaults),
    points: crashPoints({ kill: options.kill ?? (() => false) }),
    trace: createTrace(),
  };
  const machines = new Map<string, MachineOrder>();
  const account = new SimHetzner({
    timeline,
    random: random.fork('hetzner'),
    machines: {
      boot: (server) => void machines.set(server.ipv4, server),
      powerOff: () => undefined,
      destroy: (ipv4) => void machines.delete(ipv4),
      resize: () => undefined,
    },
    tokens: { good: 'read-write', reader: 'read' },
    ...options.account,
  });
  const host = new HostClock();
  return {
    core,
    account,
    machines,
    start: (name = 'daemon', token = 'good') => {
      const process = new SimProcess(name, timeline.nowMs);
      const gate = createGate(core, process);
      const clock = simClock(core, process, host);
      const log = options.log ?? memoryLog();
      return {
        gate,
        clock,
        cloud: simCloud(gate, account, { clock, random: random.fork(name), log, token }),
      };
    },
  };
}
