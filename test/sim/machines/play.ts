import type { AnsibleRequest } from '../../../src/ports/ansible.ts';
import { openLink } from './link.ts';
import type { SimMachine } from './machine.ts';
import { type Counts, line, resultLines, statsLine, taskEnd, taskStart } from './play-events.ts';
import type { PlayFault } from './play-faults.ts';
import type { PlayRun } from './play-run.ts';
import type { PlayTask } from './play-tasks.ts';
import { runTask, type TaskEnd } from './run-task.ts';
import type { SimMachines } from './sim-machines.ts';

export interface Play {
  readonly machines: SimMachines;
  readonly machine: SimMachine;
  readonly run: PlayRun;
  readonly request: Pick<AnsibleRequest, 'playbook' | 'host' | 'check' | 'timeoutMs'>;
  readonly tasks: readonly PlayTask[];
  readonly fault: PlayFault | null;
  /** Passes lines to the controller, if it still exists. */
  readonly deliver: (lines: readonly string[]) => void;
}

/**
 * Runs an ansible-playbook: task after task until one fails or it is ended. Events are sent when a task ends and the next
 * one starts, because modules report nothing before their end.
 */
export async function play(playing: Play): Promise<void> {
  const { machines, machine, run, request, tasks, deliver } = playing;
  const counts: Counts = { ok: 0, changed: 0, failures: 0, unreachable: 0, skipped: 0 };
  const { host } = request;
  let lines: readonly string[] = [line('run_start', { playbook: `${request.playbook}.yml` })];
  for (const [index, task] of tasks.entries()) {
    deliver([...lines, taskStart(task)]);
    if (run.ended) return;
    if (task.skipped) {
      counts.skipped += 1;
      lines = [taskEnd(host, task, 'skipped', 0)];
      continue;
    }
    const startedMs = machines.nowMs;
    const end = await taskOverLink(playing, task, playing.fault?.task === index ? playing.fault : null);
    if (run.ended) return;
    const durationMs = machines.nowMs - startedMs;
    if (end.kind === 'gone') {
      counts.unreachable += 1;
      lines = [
        taskEnd(
          host,
          task,
          'unreachable',
          durationMs,
          `Failed to connect to the host via ssh: ${machine.ipv4}`,
        ),
      ];
      break;
    }
    if (end.kind === 'failed') {
      counts.failures += 1;
      lines = [taskEnd(host, task, 'failed', durationMs, end.message)];
      break;
    }
    counts.ok += 1;
    if (end.result.changed) counts.changed += 1;
    lines = [
      ...resultLines(end.result),
      taskEnd(host, task, end.result.changed ? 'changed' : 'ok', durationMs),
    ];
  }
  deliver([...lines, statsLine(host, counts)]);
}

/** The result of a task from the view of Ansible: it arrives over a connection that may break before. */
async function taskOverLink(playing: Play, task: PlayTask, fault: PlayFault | null): Promise<TaskEnd> {
  const { machines, machine, run, request } = playing;
  const link = openLink(machines, machine);
  const kind = fault?.kind ?? null;
  const module = runTask(machines, machine, run, task, {
    check: request.check === true,
    slowness: playing.fault?.kind === 'slow' ? 6 : 1,
    fault,
    hangMs: kind === 'hang' ? request.timeoutMs + machines.random.between(0, 600_000) : 0,
  });
  const arrived = module.then(async (end): Promise<TaskEnd> => {
    if (end.kind === 'gone') await link.broken;
    return (await link.arrive()) === 'arrived' ? end : { kind: 'gone' };
  });
  const broken = link.broken.then((): TaskEnd => ({ kind: 'gone' }));
  const lost = kind === 'unreachable-midway' || kind === 'death' ? struck(playing, kind) : null;
  try {
    // A fault takes effect before the module's result arrives, independent of the delay.
    return await Promise.race(lost === null ? [arrived, broken] : [broken, lost]);
  } finally {
    link.close();
  }
}

/** The connection breaks, or Ansible crashes; the module on the node ends or continues. */
async function struck({ machines, run }: Play, kind: 'unreachable-midway' | 'death'): Promise<TaskEnd> {
  await machines.core.timeline.sleep(machines.random.between(100, 4000), kind);
  run.stopsModule = machines.random.chance(0.3);
  if (kind === 'death') run.die();
  return { kind: 'gone' };
}
