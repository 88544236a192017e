import { join } from 'node:path';
import { beforeAll } from 'vitest';
import { createAnsible } from '../../../src/adapters/ansible/create-ansible.ts';
import { ensureVenv } from '../../../src/adapters/ansible/ensure-venv.ts';
import { ansibleRoot, ansibleVenv } from '../../../src/main/paths.ts';
import { canRunMachines, startLabMachine } from '../machine/lab-machine.ts';
import { realTime } from '../machine/machine-contract.ts';
import { type AnsibleWorld, describeAnsible } from './ansible-contract.ts';
import { silentLog, writeTestContent } from './test-content.ts';

const venvDir = ansibleVenv(process.env);
const file = '/home/pressluft/written';

if (canRunMachines) {
  beforeAll(() => ensureVenv({ root: ansibleRoot, venvDir }));
  describeAnsible('ansible-core on a Debian machine of the lab', createWorld);
} else {
  process.stderr.write('skipped: machines of the lab need Linux and root\n');
}

async function createWorld(): Promise<AnsibleWorld> {
  const machine = await startLabMachine('contract-ansible');
  const { shell, stateDir, address } = machine;
  const root = join(machine.directory, 'content');
  writeTestContent(root, file);
  return {
    ...realTime,
    ansible: createAnsible({ root, venvDir, stateDir, shell, log: silentLog }),
    address,
    wrongHostKey: machine.wrongHostKey,
    read: async () => (await shell.run(address, ['cat', file], { timeoutMs: 20_000 })).stdout,
    powerOff: machine.powerOff,
    powerOn: machine.powerOn,
    close: machine.close,
  };
}
