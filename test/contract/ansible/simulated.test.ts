import { simAnsible } from '../../sim/machines/index.ts';
import { simulatedMachine } from '../machine/simulated-machine.ts';
import { describeAnsible } from './ansible-contract.ts';
import { simulatedContent } from './simulated-content.ts';

describeAnsible('simulated', async () => {
  const { machines, address, process, settle, pause } = simulatedMachine();
  const file = { text: '' };
  return {
    ansible: simAnsible(process('ansible').gate, machines, { content: simulatedContent(file) }),
    address,
    wrongHostKey: { ...address, hostKeys: [machines.freshKey('other').publicKey] },
    read: async () => file.text,
    powerOff: async () => machines.powerOff(address.host),
    powerOn: async () => {
      machines.powerOn(address.host);
      await pause(20_000);
    },
    settle,
    pause,
    close: async () => undefined,
  };
});
