import { afterAll, describe, expect, it } from 'vitest';
import { errors } from '../../../src/fleet/error-catalogue.ts';
import { canRunMachines, type LabMachine, startLabMachine } from './lab-machine.ts';
import { describeMachineShell, describeRemoteCommands } from './machine-contract.ts';

let machine: Promise<LabMachine> | undefined;
afterAll(async () => (await machine)?.close());

/** One machine for all suites of this file: each of them leaves it running and reachable. */
async function sharedMachine(): Promise<LabMachine> {
  machine ??= startLabMachine('contract-shell');
  return { ...(await machine), close: async () => undefined };
}

if (canRunMachines) {
  describeMachineShell('a Debian machine of the lab', sharedMachine);
  describeRemoteCommands('a Debian machine of the lab', sharedMachine);
} else process.stderr.write('skipped: machines of the lab need Linux and root\n');

describe.skipIf(!canRunMachines)('a machine whose network is cut', () => {
  it('is unreachable before the limit of the command, and answers again when it is healed', async () => {
    const { shell, address, setNetworkCut } = await sharedMachine();
    await shell.run(address, ['true'], { timeoutMs: 60_000 });
    await setNetworkCut(true);
    // The command's own limit would be another error.
    await expect(shell.run(address, ['true'], { timeoutMs: 600_000 })).rejects.toMatchObject({
      code: errors.nodeUnreachable,
    });
    await setNetworkCut(false);
    await shell.waitUntilReachable(address, { timeoutMs: 120_000 });
    expect((await shell.run(address, ['echo', 'healed'], { timeoutMs: 60_000 })).stdout).toBe('healed\n');
  });
});
