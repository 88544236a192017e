import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMachineShell } from '../../../src/adapters/ssh/machine-shell.ts';
import { destroyAll } from '../../../src/lab/machines/leftovers.ts';
import { createMachineLab } from '../../../src/lab/machines/machine-lab.ts';
import { testClock } from '../../adapters/test-clock.ts';
import { type MachineWorld, realTime } from './machine-contract.ts';

/** The lab's machines are booted by systemd-nspawn. */
export const canRunMachines = process.platform === 'linux' && process.getuid?.() === 0;

export interface LabMachine extends MachineWorld {
  readonly directory: string;
  readonly stateDir: string;
  setNetworkCut(cut: boolean): Promise<void>;
}

const id = 1;

/** A real Debian machine in a separate lab, configured by user data as at the provider. */
export async function startLabMachine(name: string): Promise<LabMachine> {
  const lab = `${name}-${process.pid.toString(36)}`;
  const directory = mkdtempSync(join(tmpdir(), 'pl-lab-'));
  const stateDir = join(directory, 'state');
  const shell = createMachineShell({ stateDir, clock: testClock });
  const untrusted = createMachineShell({ stateDir: join(directory, 'untrusted'), clock: testClock });
  const closeAll = async () => {
    await shell.close();
    await untrusted.close();
    await destroyAll(lab);
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    const [hostKey, otherKey, identity] = await Promise.all([
      shell.generateHostKey(),
      shell.generateHostKey(),
      shell.identity(),
    ]);
    const machines = await createMachineLab({
      name: lab,
      dir: join(directory, 'lab'),
      warmImage: false,
      onProgress: (message) => process.stderr.write(`${message}\n`),
    });
    const { backend } = machines;
    const machine = await backend.create({
      id,
      name: 'web-1',
      image: 'debian-12',
      cores: 1,
      memoryMib: 1024,
      diskGib: 10,
      userData: userData(hostKey, identity.publicKey),
      sshAuthorizedKeys: [],
    });
    const address = { host: machine.ipv4, port: 22, user: 'pressluft', hostKeys: [hostKey.publicKey] };
    await shell.waitUntilReachable(address, { timeoutMs: 60_000 });
    return {
      ...realTime,
      directory,
      stateDir,
      shell,
      untrusted,
      address,
      wrongHostKey: { ...address, hostKeys: [otherKey.publicKey] },
      powerOff: () => backend.powerOff(id),
      async powerOn() {
        await backend.powerOn(id);
        await shell.waitUntilReachable(address, { timeoutMs: 60_000 });
      },
      setNetworkCut: (cut) => backend.setNetworkCut(id, cut),
      async close() {
        await machines.close();
        await closeAll();
      },
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

function userData(
  hostKey: { readonly privateKey: string; readonly publicKey: string },
  authorizedKey: string,
): string {
  return `#cloud-config
${JSON.stringify({
  ssh_deletekeys: true,
  ssh_keys: { ed25519_private: hostKey.privateKey, ed25519_public: hostKey.publicKey },
  users: [
    {
      name: 'pressluft',
      shell: '/bin/bash',
      sudo: 'ALL=(ALL) NOPASSWD:ALL',
      lock_passwd: true,
      ssh_authorized_keys: [authorizedKey],
    },
  ],
})}
`;
}
