import type { SimMachine } from './machine.ts';
import { type AtWork, Interrupted, ModuleFailure, noSpace } from './module.ts';
import { releaseLock, takeLock } from './node-lock.ts';
import { environmentFailures, type PlayFault } from './play-faults.ts';
import type { PlayRun } from './play-run.ts';
import type { PlayTask, TaskResult } from './play-tasks.ts';
import type { SimMachines } from './sim-machines.ts';

export type TaskEnd =
  | { readonly kind: 'done'; readonly result: TaskResult }
  | { readonly kind: 'failed'; readonly message: string }
  /** The machine or the module has ended without a report. */
  | { readonly kind: 'gone' };

export interface TaskOptions {
  readonly check: boolean;
  /** Factor by which everything is slower. */
  readonly slowness: number;
  /** Fault of this task. */
  readonly fault: PlayFault | null;
  /** Time that the module hangs before it starts. */
  readonly hangMs: number;
}

/** Overhead of Python and Ansible for each task. */
const startMs = 250;

/** One running task on the node; it continues there independent of Ansible. */
export async function runTask(
  machines: SimMachines,
  machine: SimMachine,
  run: PlayRun,
  task: PlayTask,
  options: TaskOptions,
): Promise<TaskEnd> {
  const at = atWork(machines, machine, run, task, options);
  const interval = (kind: 'works' | 'holds') =>
    options.check
      ? null
      : machines.audit.begin({
          kind,
          by: run.by,
          host: machine.ipv4,
          run: run.number,
          playbook: run.playbook,
          environments: run.environments,
          fromMs: machines.nowMs,
        });
  const open = [interval('works')];
  try {
    await at.pass(startMs);
    if (machine.diskFull) return { kind: 'failed', message: `MODULE FAILURE: OSError: ${noSpace}` };
    if (options.fault?.kind === 'failed-task')
      return { kind: 'failed', message: `MODULE FAILURE: Killed ${machines.quotes}`.trim() };
    if (task.locks && !options.check) {
      if (!(await takeLock(at)))
        return { kind: 'failed', message: 'another run is still at work on this node' };
      open.push(interval('holds'));
    }
    if (options.hangMs > 0) await at.pass(options.hangMs);
    return { kind: 'done', result: await task.work(at) };
  } catch (error) {
    if (error instanceof ModuleFailure) return { kind: 'failed', message: error.message };
    if (error instanceof Interrupted) return { kind: 'gone' };
    throw error;
  } finally {
    releaseLock(at);
    for (const each of open) if (each !== null) machines.audit.end(each, machines.nowMs);
  }
}

function atWork(
  machines: SimMachines,
  machine: SimMachine,
  run: PlayRun,
  task: PlayTask,
  options: TaskOptions,
): AtWork {
  const { boots } = machine;
  return {
    machines,
    machine,
    run,
    task: task.name,
    check: options.check,
    fault: environmentFault(machines, run, task, options.fault),
    pass: async (ms) => {
      await machines.core.timeline.sleep(ms * options.slowness, task.name);
      if (machine.boots !== boots || run.stopsModule) throw new Interrupted();
    },
  };
}

function environmentFault(
  { random, quotes }: SimMachines,
  run: PlayRun,
  task: PlayTask,
  fault: PlayFault | null,
): AtWork['fault'] {
  const failures = environmentFailures[task.name];
  const environment = run.environments[fault?.environment ?? 0];
  const fails = fault?.kind === 'failed-environment' || fault?.kind === 'silent-environment';
  if (!fails || failures === undefined || environment === undefined) return null;
  const [code, message] = random.pick(failures);
  return { environment, code, message: quotes === '' ? message : `${message}: ${quotes}` };
}
