import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAnsible } from '../../../src/adapters/ansible/create-ansible.ts';
import { ensureVenv } from '../../../src/adapters/ansible/ensure-venv.ts';
import { createMachineShell } from '../../../src/adapters/ssh/machine-shell.ts';
import { errors } from '../../../src/fleet/error-catalogue.ts';
import { ansibleRoot, ansibleVenv } from '../../../src/main/paths.ts';
import { testClock } from '../../adapters/test-clock.ts';
import { hasSshd, startLocalSshd } from '../machine/local-sshd.ts';
import { realTime } from '../machine/machine-contract.ts';
import { describeAnsible } from './ansible-contract.ts';
import { silentLog, writeTestContent } from './test-content.ts';

const venvDir = ansibleVenv(process.env);

async function createWorld() {
  const directory = mkdtempSync(join(tmpdir(), 'pl-ansible-'));
  const stateDir = join(directory, 'state');
  const root = join(directory, 'content');
  const file = join(directory, 'written');
  writeTestContent(root, file);
  const sshd = await startLocalSshd();
  const shell = createMachineShell({ stateDir, clock: testClock });
  sshd.authorize((await shell.identity()).publicKey);
  const other = await shell.generateHostKey();
  return {
    ...realTime,
    directory,
    stateDir,
    root,
    shell,
    ansible: createAnsible({ root, venvDir, stateDir, shell, log: silentLog }),
    address: sshd.address,
    wrongHostKey: { ...sshd.address, hostKeys: [other.publicKey] },
    read: async () => readFileSync(file, 'utf8'),
    powerOff: sshd.kill,
    powerOn: sshd.start,
    async close() {
      await shell.close();
      await sshd.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

if (hasSshd) {
  beforeAll(() => ensureVenv({ root: ansibleRoot, venvDir }));
  describeAnsible('ansible-core over OpenSSH on the loopback interface', createWorld);
}

describe.skipIf(!hasSshd)('ansible adapter', () => {
  let world: Awaited<ReturnType<typeof createWorld>>;
  beforeAll(async () => {
    world = await createWorld();
  });
  afterAll(async () => {
    await world?.close();
  });

  function run(action: string, more: { readonly timeoutMs?: number } = {}) {
    return world.ansible.run({
      playbook: 'environment-converge',
      host: 'web-1',
      address: world.address,
      vars: { pressluft_node: { do: action }, pressluft_environments: [{ name: 'acme', title: 't' }] },
      timeoutMs: 60_000,
      ...more,
    });
  }

  it('uses the connection that the shell keeps', async () => {
    const outcome = await run('copy');
    const own = await world.shell.run(world.address, ['sh', '-c', 'printf %s "$SSH_CONNECTION"'], {
      timeoutMs: 10_000,
    });
    expect(outcome.data.get('connection')).toBe(own.stdout);
  });

  it('leaves no file and no process behind after any end of a run', async () => {
    await run('copy');
    await expect(run('crash')).rejects.toThrow();
    await expect(run('sleep', { timeoutMs: 2500 })).rejects.toThrow();
    expect(readdirSync(join(world.stateDir, 'ansible', 'runs'))).toEqual([]);
    await expect.poll(() => processesOf(world.stateDir)).toEqual([]);
  });

  it('ends the run of a killed controller before it starts its own', async () => {
    const script = join(world.directory, 'controller.ts');
    const source = (path: string) =>
      JSON.stringify(new URL(`../../../src/adapters/${path}`, import.meta.url).href);
    writeFileSync(
      script,
      `import { createAnsible } from ${source('ansible/create-ansible.ts')};
       import { createMachineShell } from ${source('ssh/machine-shell.ts')};
       const log = { debug() {}, info() {}, warn() {}, error() {}, child: () => log };
       const clock = { now: Date.now, monotonic: () => performance.now(), sleep: async () => {} };
       const stateDir = ${JSON.stringify(world.stateDir)};
       const shell = createMachineShell({ stateDir, clock });
       const ansible = createAnsible({ root: ${JSON.stringify(world.root)}, venvDir: ${JSON.stringify(venvDir)}, stateDir, shell, log });
       await ansible.run({ playbook: 'environment-converge', host: 'web-1', address: ${JSON.stringify(world.address)},
         vars: { pressluft_node: { do: 'sleep' }, pressluft_environments: [{ name: 'acme', title: 't' }] }, timeoutMs: 60000,
         onEvent: (event) => { if (event.event === 'task_start' && event.task === 'Sleep') process.stdout.write('sleeping'); } });`,
    );
    const controller = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
    await new Promise((resolve) => controller.stdout.once('data', resolve).once('end', resolve));
    await new Promise((resolve) => setTimeout(resolve, 500));
    controller.kill('SIGKILL');
    await new Promise((resolve) => controller.once('exit', resolve));
    expect(processesOf(world.stateDir).length).toBeGreaterThan(0);

    const { root, stateDir, shell } = world;
    const next = createAnsible({ root, venvDir, stateDir, shell, log: silentLog });
    await next.run({
      playbook: 'environment-converge',
      host: 'web-1',
      address: world.address,
      vars: { pressluft_node: { do: 'copy' }, pressluft_environments: [{ name: 'acme', title: 't' }] },
      timeoutMs: 60_000,
    });
    await expect.poll(() => processesOf(world.stateDir)).toEqual([]);
    expect(readdirSync(join(world.stateDir, 'ansible', 'runs'))).toEqual([]);
  });

  it('throws PL3013 when no Ansible of the pinned version is there', async () => {
    const { root, stateDir, shell, directory } = world;
    const env = { PATH: '/nonexistent' };
    const ansible = createAnsible({
      root,
      venvDir: join(directory, 'none'),
      stateDir,
      shell,
      log: silentLog,
      env,
    });
    const outcome = ansible.run({
      playbook: 'node-probe',
      host: 'web-1',
      address: world.address,
      vars: {},
      timeoutMs: 10_000,
    });
    await expect(outcome).rejects.toMatchObject({ code: errors.ansibleMissing });
  });
});

/** Processes whose environment names a run of this state directory. */
function processesOf(stateDir: string): readonly string[] {
  return readdirSync('/proc').filter((pid) => {
    const path = `/proc/${pid}/environ`;
    if (!/^\d+$/.test(pid) || !existsSync(path)) return false;
    try {
      const environment = readFileSync(path, 'latin1');
      return environment.includes('PRESSLUFT_RUN=') && environment.includes(stateDir);
    } catch {
      return false;
    }
  });
}
