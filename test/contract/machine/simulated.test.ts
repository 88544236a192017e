import { simMachineShell } from '../../sim/machines/index.ts';
import { describeMachineShell } from './machine-contract.ts';
import { simulatedMachine } from './simulated-machine.ts';

describeMachineShell('simulated', async () => {
  const { core, machines, address, shell, settle, pause, process } = simulatedMachine();
  return {
    shell,
    untrusted: simMachineShell(process('untrusted').gate, machines, { controller: 'untrusted' }),
    address,
    wrongHostKey: { ...address, hostKeys: [machines.freshKey('other').publicKey] },
    powerOff: async () => machines.powerOff(address.host),
    powerOn: async () => machines.powerOn(address.host),
    settle,
    pause,
    nowMs: () => core.timeline.nowMs,
    close: async () => undefined,
  };
});
