import { pinAddress } from '../../../src/adapters/ssh/pinned-address.ts';
import { errors } from '../../../src/fleet/error-catalogue.ts';
import { PressluftError } from '../../../src/fleet/errors.ts';
import type { MachineAddress, MachineShell } from '../../../src/ports/machine.ts';
import type { Gate } from '../core/index.ts';
import { reachabilityFaults, untilReachable } from './reachability.ts';
import { runCommand, sshFaults } from './run-command.ts';
import type { SimMachines } from './sim-machines.ts';

export const defaultController = 'main';

export interface ShellOptions {
  /** Names the key pair: processes that share it log in with the same key. Default `main`. */
  readonly controller?: string;
  /** Kinds of faults that are not drawn here. */
  readonly without?: ReadonlySet<string>;
}

/** Sites: `machines.run`, `machines.stream`, `machines.interactive`, `machines.waitUntilReachable`, `machines.identity`, `machines.generateHostKey`. */
export function simMachineShell(gate: Gate, machines: SimMachines, options: ShellOptions = {}): MachineShell {
  const { controller = defaultController, without = new Set() } = options;
  const runFaults = sshFaults.filter((kind) => !without.has(kind));
  const waitFaults = reachabilityFaults.filter((kind) => !without.has(kind));
  let closed = false;
  const publicKey = () => machines.identity(controller).publicKey;
  const open = (address: MachineAddress) => {
    if (closed) throw new PressluftError(errors.cancelled, 'The SSH connections are closed already');
    pinAddress(address);
  };
  return {
    run: async (address, argv, { signal, ...rest }) => {
      open(address);
      return gate.call('machines.run', {
        signal,
        cancelled,
        faults: runFaults,
        effect: (arrival) => runCommand(machines, publicKey(), address, argv, rest, arrival),
      });
    },
    stream: async (address, argv, { stdin, stdout, stderr, timeoutMs, signal }) => {
      open(address);
      const input = stdin === 'inherit' ? '' : await textOf(stdin);
      const result = await gate.call('machines.stream', {
        signal,
        cancelled,
        faults: runFaults,
        effect: (arrival) => runCommand(machines, publicKey(), address, argv, { input, timeoutMs }, arrival),
      });
      stdout.write(result.stdout);
      stderr.write(result.stderr);
      return result.exitCode;
    },
    waitUntilReachable: async (address, { timeoutMs, signal }) => {
      open(address);
      return gate.call('machines.waitUntilReachable', {
        signal,
        cancelled,
        faults: waitFaults,
        effect: (arrival) => untilReachable(machines, publicKey(), address, timeoutMs, arrival),
      });
    },
    interactive: async (address, argv) => {
      open(address);
      const options = { timeoutMs: 24 * 3_600_000 };
      const { exitCode } = await gate.call('machines.interactive', {
        effect: (arrival) => runCommand(machines, publicKey(), address, argv, options, arrival),
      });
      return exitCode;
    },
    identity: () =>
      gate.call('machines.identity', {
        effect: () => ({ publicKey: publicKey(), privateKeyPath: `/state/${controller}/ssh/id_ed25519` }),
      }),
    generateHostKey: () =>
      gate.call('machines.generateHostKey', { effect: () => machines.freshKey('pressluft') }),
    clientOptions: async (address) => {
      const { host, port, user } = pinAddress(address);
      return ['-o', `Port=${port}`, '-o', `User=${user}`, '-o', `HostKeyAlias=pressluft-${host}`];
    },
    close: async () => {
      closed = true;
    },
  };
}

function cancelled(reason: unknown): PressluftError {
  return new PressluftError(errors.cancelled, 'The work on a node was cancelled', { cause: reason });
}

async function textOf(stream: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  return text;
}
