import type { Ansible } from '../../../src/ports/ansible.ts';
import type { MachineAddress, MachineShell } from '../../../src/ports/machine.ts';
import {
  crashPoints,
  createGate,
  createTrace,
  drive,
  type FaultSource,
  faultLog,
  type Gate,
  noFaults,
  SimProcess,
  simRandom,
  type WorldCore,
} from '../../sim/core/index.ts';
import { Timeline } from '../../sim/core/timeline.ts';
import { SimMachines, simAnsible, simMachineShell } from '../../sim/machines/index.ts';

export interface SimulatedMachine {
  readonly core: WorldCore;
  readonly machines: SimMachines;
  readonly address: MachineAddress;
  /** Ports of a first process; see {@link SimulatedMachine.process} for more. */
  readonly shell: MachineShell;
  readonly ansible: Ansible;
  process(name: string): { readonly gate: Gate; readonly shell: MachineShell; readonly ansible: Ansible };
  settle<T>(work: Promise<T>): Promise<T>;
  /** Lets this much virtual time pass. */
  pause(ms: number): Promise<void>;
}

/** A simulated host `web-1` in a separate world. */
export function simulatedMachine({ seed = 1, faults = noFaults as FaultSource } = {}): SimulatedMachine {
  const random = simRandom(seed);
  const timeline = new Timeline(random.fork('order'));
  const points = crashPoints({ kill: () => false });
  const core = { timeline, random, faults: faultLog(faults), points, trace: createTrace() };
  const machines = new SimMachines(core);
  const hostKey = machines.freshKey('host').publicKey;
  const address = { host: '192.0.2.7', port: 22, user: 'pressluft', hostKeys: [hostKey] };
  machines.addStatic({
    ipv4: address.host,
    hostname: 'web-1',
    hostKey,
    user: address.user,
    authorizedKeys: [machines.identity('main').publicKey],
  });
  const process = (name: string) => {
    const gate = createGate(core, new SimProcess(name, timeline.nowMs));
    return { gate, shell: simMachineShell(gate, machines), ansible: simAnsible(gate, machines) };
  };
  const settle = <T>(work: Promise<T>) => drive(timeline, work);
  const { shell, ansible } = process('controller');
  return {
    core,
    machines,
    address,
    shell,
    ansible,
    process,
    settle,
    pause: (ms) => settle(timeline.sleep(ms)),
  };
}
