import { afterAll, beforeAll } from 'vitest';
import { ensureVenv } from '../../../src/adapters/ansible/ensure-venv.ts';
import { ansibleRoot, ansibleVenv } from '../../../src/main/paths.ts';
import { type TestLab, testLab } from '../../support/e2e-lab.ts';
import { canRunMachines } from '../machine/lab-machine.ts';
import { labWorld } from './lab-world.ts';
import { describeNodeContent } from './node-content.contract.ts';

let test: TestLab;

if (canRunMachines) {
  beforeAll(async () => {
    await ensureVenv({ root: ansibleRoot, venvDir: ansibleVenv(process.env) });
    test = await testLab('contractnode');
  }, 900_000);
  afterAll(() => test?.end());
  describeNodeContent('a warm machine of the lab', () => labWorld(test));
} else {
  process.stderr.write('skipped: machines of the lab need Linux and root\n');
}
