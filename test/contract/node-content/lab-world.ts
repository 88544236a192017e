import { join } from 'node:path';
import { userData } from '../../../src/actions/user-data.ts';
import { createAnsible } from '../../../src/adapters/ansible/create-ansible.ts';
import { createMachineShell } from '../../../src/adapters/ssh/machine-shell.ts';
import type { DesiredEnvironment } from '../../../src/fleet/desired.ts';
import { ansibleRoot, ansibleVenv } from '../../../src/main/paths.ts';
import { testClock } from '../../adapters/test-clock.ts';
import { moduleCache } from '../../support/compile-cache.ts';
import type { TestLab } from '../../support/e2e-lab.ts';
import { silentLog } from '../ansible/test-content.ts';
import type { NodeContentWorld } from './node-content.contract.ts';

const venvDir = ansibleVenv(process.env);

export interface LabWorld extends NodeContentWorld {
  /** A plugin of the mirror, active. */
  plugin(slug: string): DesiredEnvironment['wordpress']['plugins'][number];
  /** A theme of the mirror. */
  theme(slug: string): DesiredEnvironment['wordpress']['themes'][number];
  /** Runs a shell script as root on the node; returns what it prints. */
  asRoot(script: string): Promise<string>;
}

/** A warm machine of the lab, and the production content. */
export async function labWorld({ lab }: TestLab): Promise<LabWorld> {
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
    if (ended.exitCode !== 0) throw new Error(`${argv.join(' ')}: ${ended.stderr}${ended.stdout}`);
    return ended.stdout;
  };
  const { catalogue } = lab.mirror;
  return {
    address,
    shell,
    ansible: createAnsible({
      root: ansibleRoot,
      venvDir,
      stateDir,
      shell,
      log: silentLog,
      env: { ...process.env, ...moduleCache },
    }),
    settle: (work) => work,
    wordpress: artifactOf('7.1.1', catalogue.wordpress),
    wpCli: artifactOf('2.12.0', catalogue.wpCli),
    plugin: (slug) => {
      const [version = ''] = Object.keys(catalogue.plugins[slug] ?? {});
      return { slug, active: true, ...artifactOf(version, catalogue.plugins[slug] ?? {}) };
    },
    theme: (slug) => {
      const [version = ''] = Object.keys(catalogue.themes[slug] ?? {});
      return { slug, ...artifactOf(version, catalogue.themes[slug] ?? {}) };
    },
    asRoot: (script) => asRoot(['sh', '-s'], script),
    editFile: async (_environment, path) => {
      await asRoot(['tee', '-a', path], '# edited\n');
    },
    stopService: async (unit) => {
      await asRoot(['systemctl', 'stop', unit]);
    },
    close: () => shell.close(),
  };

  function artifactOf(version: string, versions: Readonly<Record<string, { path: string; sha256: string }>>) {
    const found = versions[version];
    if (found === undefined) throw new Error(`the mirror has no ${version}`);
    return { version, url: `${lab.mirror.url}${found.path}`, sha256: found.sha256 };
  }
}
