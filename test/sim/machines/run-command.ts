import { errors } from '../../../src/fleet/error-catalogue.ts';
import { PressluftError } from '../../../src/fleet/errors.ts';
import type { CommandOptions, CommandResult, MachineAddress } from '../../../src/ports/machine.ts';
import type { Arrival } from '../core/index.ts';
import { type Answer, command } from './commands.ts';
import { openLink } from './link.ts';
import { faultyLogin, login, lostConnection } from './login.ts';
import type { SimMachine } from './machine.ts';
import type { SimMachines } from './sim-machines.ts';

/** Possible faults of a command over SSH. */
export const sshFaults: readonly string[] = [
  'unreachable',
  'timeout',
  'slow',
  'truncated',
  'garbage',
  'exit-code',
  'key-refused',
  'host-key',
];

const defaultMaxOutputBytes = 4_194_304;
const slowness = 20;

/** A command on a machine, from the first packet to the last. */
export async function runCommand(
  machines: SimMachines,
  publicKey: string,
  address: MachineAddress,
  argv: readonly string[],
  options: Pick<CommandOptions, 'input' | 'timeoutMs' | 'maxOutputBytes'>,
  { fault, onAbandoned }: Pick<Arrival, 'fault' | 'onAbandoned'>,
): Promise<CommandResult> {
  const { timeline } = machines.core;
  const startedMs = machines.nowMs;
  const entry = faultyLogin(address, fault) ?? login(machines, address, publicKey);
  if (entry.kind === 'out') {
    await timeline.sleep(Math.min(entry.afterMs, options.timeoutMs), 'ssh');
    throw entry.error;
  }
  const { machine } = entry;
  const running = command(machines, machine, address.user, argv, options.input ?? '');
  const ms = fault === 'timeout' ? Number.POSITIVE_INFINITY : running.ms * (fault === 'slow' ? slowness : 1);
  const end = await stay(machines, machine, Math.min(ms, options.timeoutMs), onAbandoned);
  if (end === 'broken') throw lostConnection(address);
  if (ms > options.timeoutMs) throw timedOut(address, argv, options.timeoutMs);
  const answer = disturbed(machines, running.answer(), fault);
  const most = options.maxOutputBytes ?? defaultMaxOutputBytes;
  if (answer.stdout.length > most || answer.stderr.length > most) throw tooMuchOutput(most);
  return { ...answer, durationMs: machines.nowMs - startedMs };
}

/** Waits on an open connection; ends at once when the caller gives up. */
function stay(
  machines: SimMachines,
  machine: SimMachine,
  ms: number,
  onAbandoned: Arrival['onAbandoned'],
): Promise<'arrived' | 'broken'> {
  const link = openLink(machines, machine);
  return new Promise((resolve) => {
    const finish = (end: 'arrived' | 'broken') => {
      timer.cancel();
      link.close();
      resolve(end);
    };
    const timer = machines.core.timeline.in(ms, 'ssh', () => void link.arrive().then(finish));
    link.broken.then(finish);
    onAbandoned(() => finish('broken'));
  });
}

function disturbed({ random }: SimMachines, answer: Answer, fault: string | null): Answer {
  switch (fault) {
    case 'truncated':
      return { ...answer, stdout: answer.stdout.slice(0, random.int(answer.stdout.length)) };
    case 'garbage':
      return { ...answer, stdout: `Welcome!\n\u0000\u001b[31m${answer.stdout.slice(random.int(50))}` };
    case 'exit-code':
      return {
        exitCode: random.between(1, 254),
        stdout: '',
        stderr: 'Traceback (most recent call last):\nMemoryError\n',
      };
    default:
      return answer;
  }
}

function timedOut({ host }: MachineAddress, argv: readonly string[], timeoutMs: number): PressluftError {
  const what = argv.slice(0, 4).join(' ').slice(0, 200);
  return new PressluftError(
    errors.processTimedOut,
    `A command on ${host} took more than ${timeoutMs} ms: ${what}`,
    {
      hint: 'The command may still be running on the node; check its load and its disk.',
    },
  );
}

function tooMuchOutput(maxBytes: number): PressluftError {
  return new PressluftError(
    errors.nodeReplyInvalid,
    `A command on the node printed more than ${maxBytes} bytes`,
    {
      hint: 'Look at what the node prints; it may be misconfigured or compromised.',
    },
  );
}
