import type { SimMachine } from './machine.ts';
import { probe } from './probe.ts';
import type { SimMachines } from './sim-machines.ts';

export interface Answer {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Command {
  /** Duration. */
  readonly ms: number;
  /** Result at its end. */
  readonly answer: () => Answer;
}

/** The commands of a simulated machine: those that Pressluft runs, and a few basic ones. */
export function command(
  machines: SimMachines,
  machine: SimMachine,
  user: string,
  argv: readonly string[],
  input: string,
): Command {
  const [name = '', ...words] = argv;
  if (name === 'sudo' && words[0] === '-n') {
    const may = user === 'root' || machine.users.get(user)?.sudo === true;
    return may
      ? command(machines, machine, 'root', words.slice(1), input)
      : ends(1, '', 'sudo: a password is required\n');
  }
  switch (name) {
    case 'true':
      return ends(0);
    case 'false':
      return ends(1);
    case 'echo':
      return ends(0, `${words.join(' ')}\n`);
    case 'sleep':
      return { ms: Number(words[0]) * 1000, answer: () => ({ exitCode: 0, stdout: '', stderr: '' }) };
    case 'cat':
      return ends(0, input);
    case 'wc':
      return ends(0, `${Buffer.byteLength(input)}\n`);
    case 'cloud-init':
      return cloudInit(machines, machine);
    case 'python3':
      return python(machines, machine, words);
    default:
      return ends(127, '', `sh: 1: ${name}: not found\n`);
  }
}

function cloudInit(machines: SimMachines, { cloudInit: state }: SimMachine): Command {
  if (state === null) return ends(127, '', 'sh: 1: cloud-init: not found\n');
  const { doneAtMs, exitCode } = state;
  const stdout = `\nstatus: ${exitCode === 0 ? 'done' : 'error'}\n`;
  return { ms: Math.max(300, doneAtMs - machines.nowMs), answer: () => ({ exitCode, stdout, stderr: '' }) };
}

/** The probe on standard input is the only program. */
function python(machines: SimMachines, machine: SimMachine, words: readonly string[]): Command {
  if (words[0] !== '-') return ends(2, '', `python3: can't open file '${words[0]}'\n`);
  const at = words.indexOf('--sites');
  const sites = at === -1 ? null : new Set((words[at + 1] ?? '').split(','));
  return {
    ms: machines.random.between(200, 1200),
    answer: () => {
      const text = probe(machine, machines.nowMs, sites);
      return { exitCode: 0, stdout: machine.lies?.(text) ?? text, stderr: '' };
    },
  };
}

function ends(exitCode: number, stdout = '', stderr = ''): Command {
  return { ms: 20, answer: () => ({ exitCode, stdout, stderr }) };
}
