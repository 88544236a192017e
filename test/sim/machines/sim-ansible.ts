import { createRunCollector, type RunCollector } from '../../../src/adapters/ansible/run-collector.ts';
import { errors } from '../../../src/fleet/error-catalogue.ts';
import { PressluftError } from '../../../src/fleet/errors.ts';
import {
  type Ansible,
  type AnsibleOutcome,
  type AnsibleRequest,
  playbooks,
} from '../../../src/ports/ansible.ts';
import { type Arrival, type Gate, ProcessKilled } from '../core/index.ts';
import { lostConnection } from './login.ts';
import { play } from './play.ts';
import { ansibleFaults, playFault } from './play-faults.ts';
import { PlayRun } from './play-run.ts';
import { environmentsOf, type PlayTask, playTasks } from './play-tasks.ts';
import { runCommand } from './run-command.ts';
import { defaultController } from './sim-machine-shell.ts';
import type { SimMachines } from './sim-machines.ts';

export interface AnsibleOptions {
  /** Names the key pair that it logs in with, as for the shell; default `main`. */
  readonly controller?: string;
  /** The state directory: the first run of a process ends what earlier processes of the same directory left. Default: the controller's name. */
  readonly stateDir?: unknown;
  /** Version of the Ansible content of this process; default `content-1`. */
  readonly contentVersion?: string;
  /** Replacement for the production playbooks. */
  readonly content?: (request: AnsibleRequest) => readonly PlayTask[];
  /** Kinds of faults that are not drawn here. */
  readonly without?: ReadonlySet<string>;
}

const connectTimeoutMs = 30_000;

/** Sites: `ansible.run`, and `ansible.event` for each event of a run: a task ended, the next one starts. */
export function simAnsible(gate: Gate, machines: SimMachines, options: AnsibleOptions = {}): Ansible {
  const { controller = defaultController, contentVersion = 'content-1', without = new Set() } = options;
  const stateDir = options.stateDir ?? controller;
  const content = options.content ?? ((request: AnsibleRequest) => playTasks(request, contentVersion));
  let hasPrepared = false;
  return {
    run: async (request) => {
      checkRequest(request);
      return gate.call('ansible.run', {
        signal: request.signal,
        cancelled: (cause) => cancelled(request, cause),
        faults: ansibleFaults(request.playbook).filter((kind) => !without.has(kind)),
        effect: (arrival) => {
          if (!hasPrepared) endLeftovers(machines, stateDir);
          hasPrepared = true;
          return start({ gate, machines, controller, stateDir }, content(request), request, arrival);
        },
      });
    },
    contentVersion: async () => contentVersion,
    probeScript: async () => '# the probe\n',
  };
}

/** Ansible continues without its controller, and two runs on one node must not overlap. */
function endLeftovers(machines: SimMachines, stateDir: unknown): void {
  for (const run of machines.runs) if (run.stateDir === stateDir && !run.process.alive) run.end();
}

interface Place {
  readonly gate: Gate;
  readonly machines: SimMachines;
  readonly controller: string;
  readonly stateDir: unknown;
}

async function start(
  { gate, machines, controller, stateDir }: Place,
  tasks: readonly PlayTask[],
  request: AnsibleRequest,
  arrival: Arrival,
): Promise<AnsibleOutcome> {
  const startedMs = machines.nowMs;
  const timeoutMs = Math.min(connectTimeoutMs, request.timeoutMs);
  const { publicKey } = machines.identity(controller);
  await runCommand(machines, publicKey, request.address, ['true'], { timeoutMs }, arrival);
  const { process } = gate;
  const environments = environmentsOf(request);
  const machine = machines.machines.get(request.address.host);
  if (machine === undefined) throw lostConnection(request.address);
  const run = new PlayRun({
    number: machines.nextRun(),
    process,
    stateDir,
    playbook: request.playbook,
    environments,
  });
  const strikes = playFault(machines.random, arrival.fault, tasks.length, environments.length);
  const collector = createRunCollector(request.onEvent);

  return new Promise<AnsibleOutcome>((resolve, reject) => {
    let heard = true;
    const conclude = (settle: () => void) => {
      if (!heard) return;
      heard = false;
      timer.cancel();
      settle();
    };
    const timer = machines.core.timeline.in(
      request.timeoutMs - (machines.nowMs - startedMs),
      'ansible',
      () => {
        run.end();
        conclude(() => reject(timedOut(request)));
      },
    );
    arrival.onAbandoned(() => {
      conclude(() => undefined);
      // A controller that gives up ends its Ansible. A killed one leaves it running, unless the whole host went down.
      if (process.alive || machines.random.chance(0.3)) run.end();
    });
    run.onDeath(() => conclude(() => reject(crashed(request, 'SIGKILL'))));
    const speaker = createSpeaker(
      gate,
      collector,
      strikes?.kind ?? null,
      machines.random.int(tasks.length + 1),
    );
    const playing = { machines, machine, run, request, tasks, fault: strikes };
    const said = play({ ...playing, deliver: (lines) => heard && speaker(lines) }).then(
      () => conclude(() => end(request, collector, machines.nowMs - startedMs, resolve, reject)),
      (error: unknown) => conclude(() => reject(error)),
    );
    follow(machines, run, request, startedMs, said);
  });
}

/** The run lasts until its last module has ended, which may be long after its controller stopped listening. */
function follow(
  machines: SimMachines,
  run: PlayRun,
  { address, check }: AnsibleRequest,
  fromMs: number,
  said: Promise<void>,
): void {
  const { number, by, playbook, environments } = run;
  machines.runs.add(run);
  const started = {
    kind: 'wants' as const,
    by,
    host: address.host,
    run: number,
    playbook,
    environments,
    fromMs,
  };
  const wants = check === true ? null : machines.audit.begin(started);
  void said.then(() => {
    machines.runs.delete(run);
    if (wants !== null) machines.audit.end(wants, machines.nowMs);
  });
}

/** Passes lines to the collector as one crash point; from the `nth` call the stream may be cut off, or one line may be garbled. */
function createSpeaker(gate: Gate, collector: RunCollector, fault: string | null, nth: number) {
  let count = 0;
  return (lines: readonly string[]): void => {
    const strikes = count === nth;
    const isCut = fault === 'output-cut' && count >= nth;
    count += 1;
    if (!gate.process.alive || isCut) return;
    const heard =
      fault === 'garbled' && strikes ? broken(lines) : fault === 'silent-environment' ? silent(lines) : lines;
    try {
      gate.callSync('ansible.event', () => collector.add(Buffer.from(`${heard.join('\n')}\n`)));
    } catch (error) {
      // Killed during delivery; its Ansible does not notice.
      if (!(error instanceof ProcessKilled)) throw error;
    }
  };
}

/** The result of a failing environment is not reported. */
function silent(lines: readonly string[]): readonly string[] {
  return lines.filter((text) => !(text.includes('environment_result') && text.includes('failed')));
}

function broken(lines: readonly string[]): readonly string[] {
  const at = lines.length >> 1;
  return lines.map((text, index) => (index === at ? text.slice(0, text.length >> 1) : text));
}

function end(
  request: AnsibleRequest,
  collector: RunCollector,
  durationMs: number,
  resolve: (outcome: AnsibleOutcome) => void,
  reject: (error: PressluftError) => void,
): void {
  collector.end();
  const outcome = collector.outcome(request.host, durationMs);
  if (outcome === null) reject(crashed(request, null));
  else if (outcome.stats.unreachable > 0)
    reject(lost(request, collector.unreachableMessage() ?? 'no reason given'));
  else resolve(outcome);
}

function checkRequest({ playbook, host }: AnsibleRequest): void {
  if (!playbooks.includes(playbook))
    throw new PressluftError(errors.internal, `There is no playbook ${playbook}`);
  if (!/^[a-z0-9][a-z0-9.-]{0,252}$/.test(host)) {
    const shown = JSON.stringify(host.slice(0, 200));
    throw new PressluftError(errors.settingInvalid, `${shown} cannot be the name of a host in an inventory`);
  }
}

function cancelled(request: AnsibleRequest, cause: unknown): PressluftError {
  const { playbook, host } = request;
  return new PressluftError(errors.cancelled, `${playbook} on ${host} was cancelled`, {
    cause,
    details: { playbook, host },
  });
}

function timedOut({ playbook, host, timeoutMs }: AnsibleRequest): PressluftError {
  return new PressluftError(errors.processTimedOut, `${playbook} on ${host} took more than ${timeoutMs} ms`, {
    hint: 'Look at the load of the node; the next run goes on where this one stopped.',
    details: { playbook, host },
  });
}

function lost({ playbook, host }: AnsibleRequest, reason: string): PressluftError {
  return new PressluftError(errors.nodeUnreachable, `${host} was lost during ${playbook}: ${reason}`, {
    hint: 'Check that the node is powered on, and that firewalls let SSH through.',
    details: { playbook, host },
  });
}

function crashed({ playbook, host }: AnsibleRequest, signal: string | null): PressluftError {
  const how = signal ?? 'exit code 0';
  return new PressluftError(
    errors.playbookCrashed,
    `${playbook} on ${host} crashed (${how}): no more output`,
    {
      hint: 'The next run goes on where this one stopped. If it crashes again, report it with this message.',
      details: { playbook, host, exitCode: signal === null ? 0 : 137 },
    },
  );
}
