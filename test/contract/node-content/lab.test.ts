import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { userData } from '../../../src/actions/user-data.ts';
import { createAnsible } from '../../../src/adapters/ansible/create-ansible.ts';
import { ensureVenv } from '../../../src/adapters/ansible/ensure-venv.ts';
import { createMachineShell } from '../../../src/adapters/ssh/machine-shell.ts';
import { ansibleRoot, ansibleVenv } from '../../../src/main/paths.ts';
import { testClock } from '../../adapters/test-clock.ts';
import { type TestLab, testLab } from '../../support/e2e-lab.ts';
import { silentLog } from '../ansible/test-content.ts';
import { canRunMachines } from '../machine/lab-machine.ts';
import { describeNodeContent, type NodeContentWorld } from './node-content.contract.ts';

const venvDir = ansibleVenv(process.env);
let test: TestLab;

if (canRunMachines) {
  beforeAll(async () => {
    await ensureVenv({ root: ansibleRoot, venvDir });
    test = await testLab('contractnode');
  }, 900_000);
  afterAll(() => test?.end());
  describeNodeContent('a warm machine of the lab', createWorld);
} else {
  process.stderr.write('skipped: machines of the lab need Linux and root\n');
}

async function createWorld(): Promise<NodeContentWorld> {
  const { lab } = test;
  const stateDir = join(lab.description.dir, 'controller');
  const shell = createMachineShell({ stateDir, clock: testClock });
  const [hostKey, { publicKey }] = await Promise.all([shell.generateHostKey(), shell.identity()]);
  const { ipv4 } = await lab.machines.create({
    id: 700,
    name: 'web-1',
    image: 'debian-12',
    cores: 2,
    memoryMib: 2048,
    diskGib: 20,
    userData: userData({ hostname: 'web-1', hostKey, authorizedKeys: [publicKey] }),
    sshAuthorizedKeys: [],
  });
  const address = { host: ipv4, port: 22, user: 'pressluft', hostKeys: [hostKey.publicKey] };
  await shell.waitUntilReachable(address, { timeoutMs: 60_000 });
  const asRoot = async (argv: readonly string[], input = '') => {
    const ended = await shell.run(address, ['sudo', '-n', ...argv], { input, timeoutMs: 60_000 });
    if (ended.exitCode !== 0) throw new Error(`${argv.join(' ')}: ${ended.stderr}`);
  };
  const { catalogue } = lab.mirror;
  return {
    address,
    shell,
    ansible: createAnsible({ root: ansibleRoot, venvDir, stateDir, shell, log: silentLog }),
    settle: (work) => work,
    wordpress: artifactOf('7.1.1', catalogue.wordpress),
    wpCli: artifactOf('2.12.0', catalogue.wpCli),
    editFile: (_environment, path) => asRoot(['tee', '-a', path], '# edited\n'),
    stopService: (unit) => asRoot(['systemctl', 'stop', unit]),
    close: () => shell.close(),
  };

  function artifactOf(version: string, versions: Readonly<Record<string, { path: string; sha256: string }>>) {
    const found = versions[version];
    if (found === undefined) throw new Error(`the mirror has no ${version}`);
    return { version, url: `${lab.mirror.url}${found.path}`, sha256: found.sha256 };
  }
}
