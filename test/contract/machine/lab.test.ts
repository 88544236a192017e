import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { errors } from '../../../src/fleet/error-catalogue.ts';
import { canRunMachines, type LabMachine, startLabMachine } from './lab-machine.ts';
import { describeMachineShell, describeRemoteCommands } from './machine-contract.ts';

if (canRunMachines) {
  describeMachineShell('a Debian machine of the lab', () => startLabMachine('contract-shell'));
  describeRemoteCommands('a Debian machine of the lab', () => startLabMachine('contract-words'));
} else process.stderr.write('skipped: machines of the lab need Linux and root\n');

describe.skipIf(!canRunMachines)('a machine whose network is cut', () => {
  let machine: LabMachine;
  beforeAll(async () => {
    machine = await startLabMachine('contract-cut');
  });
  afterAll(() => machine?.close());

  it('is unreachable within seconds, and answers again when it is healed', async () => {
    const { shell, address } = machine;
    await shell.run(address, ['true'], { timeoutMs: 10_000 });
    await machine.setNetworkCut(true);
    const startedAt = performance.now();
    await expect(shell.run(address, ['true'], { timeoutMs: 60_000 })).rejects.toMatchObject({
      code: errors.nodeUnreachable,
    });
    expect(performance.now() - startedAt).toBeLessThan(30_000);
    await machine.setNetworkCut(false);
    await shell.waitUntilReachable(address, { timeoutMs: 30_000 });
    expect((await shell.run(address, ['echo', 'healed'], { timeoutMs: 10_000 })).stdout).toBe('healed\n');
  });
});
