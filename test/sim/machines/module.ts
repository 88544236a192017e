import type { EnvironmentTask } from '../../../src/fleet/environment-task.ts';
import type { RemovedPart } from './audit.ts';
import { isEnvironmentName } from './layout.ts';
import type { Fields, SimMachine, Slot } from './machine.ts';
import { emptySlot } from './machine.ts';
import type { PlayRun } from './play-run.ts';
import type { SimMachines } from './sim-machines.ts';

/** An entry of `pressluft_environments`, or of `pressluft_delete` as far as it has these members. */
export type Wanted = EnvironmentTask & {
  readonly digest: string;
  readonly spec?: Fields;
  readonly adopt?: boolean;
  readonly accept_loss?: boolean;
  readonly policy?: string;
};

/** The work of one task on the node; each module is a separate process there. */
export interface AtWork {
  readonly machines: SimMachines;
  readonly machine: SimMachine;
  readonly run: PlayRun;
  readonly task: string;
  readonly check: boolean;
  /** The environment of the run that fails in this task, and its failure. */
  readonly fault: { readonly environment: string; readonly code: string; readonly message: string } | null;
  /** Lets time pass. Throws {@link Interrupted} when the module has ended. */
  pass(ms: number): Promise<void>;
}

/** The machine went down, or the module was ended: it does nothing more. */
export class Interrupted extends Error {}

/** An expected failure of one environment. */
export class StepError extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** A failure of the whole task. */
export class ModuleFailure extends Error {}

export interface StepEntry {
  readonly step: string;
  changed: boolean;
  durationMs: number;
  message: string;
  failed?: true;
}

/** Progress of one environment in a phase. */
export interface Progress {
  readonly steps: StepEntry[];
  error: { readonly code: string; readonly message: string } | null;
  changedOverall: boolean;
}

/** Outcomes by environment, as the modules report them. */
export type Outcomes = ReadonlyMap<string, Progress>;

export const noSpace = '[Errno 28] No space left on device';

export function isChanged({ steps }: Progress): boolean {
  return steps.some((step) => step.changed);
}

/** The valid environments that did not fail in an earlier phase, with an empty progress for each. */
export function begin(
  all: readonly Wanted[],
  previous: readonly Outcomes[],
): { readonly environments: readonly Wanted[]; readonly outcomes: Map<string, Progress> } {
  const surviving = all.filter(({ name }) =>
    previous.every((each) => (each.get(name)?.error ?? null) === null),
  );
  const outcomes = new Map<string, Progress>();
  let environments: readonly Wanted[] = [];
  for (const environment of surviving) {
    const duplicate = outcomes.has(environment.name);
    const progress: Progress = { steps: [], error: null, changedOverall: false };
    outcomes.set(environment.name, progress);
    if (duplicate) fail(progress, 'invalid_value', `${environment.name} is listed twice`);
    else if (!isEnvironmentName(environment.name))
      fail(progress, 'invalid_value', `name: '${environment.name}' is not allowed`);
    else {
      environments = [...environments, environment];
      continue;
    }
    environments = environments.filter((other) => other.name !== environment.name);
  }
  return { environments, outcomes };
}

export function fail(progress: Progress, code: string, message: string): void {
  progress.error = { code, message: message.slice(0, 4000) };
  const last = progress.steps.at(-1);
  if (last !== undefined)
    Object.assign(last, { failed: true, message: `${code}: ${message}`.slice(0, 1000) });
}

/** Calls `work` for each environment that has not failed yet; a failure affects only that environment. */
export async function runEach(
  at: AtWork,
  environments: readonly Wanted[],
  outcomes: ReadonlyMap<string, Progress>,
  work: (environment: Wanted, own: Progress) => void | Promise<void>,
): Promise<void> {
  for (const environment of environments) {
    const own = progressOf(outcomes, environment);
    if (own.error !== null) continue;
    try {
      if (at.fault?.environment === environment.name) {
        const { code, message } = at.fault;
        await step(at, own, faultStep, async () => {
          await at.pass(200);
          throw new StepError(code, message);
        });
      }
      await work(environment, own);
    } catch (error) {
      if (!(error instanceof StepError)) throw error;
      fail(own, error.code, error.message);
    }
  }
}

const faultStep = 'inspect';

export function progressOf(outcomes: ReadonlyMap<string, Progress>, { name }: Wanted): Progress {
  const own = outcomes.get(name);
  if (own === undefined) throw new Error(`${name} is not part of this phase`);
  return own;
}

export async function step(
  at: AtWork,
  own: Progress,
  title: string,
  work: (entry: StepEntry) => void | Promise<void>,
): Promise<void> {
  const entry: StepEntry = { step: title, changed: false, durationMs: 0, message: '' };
  const startedMs = at.machines.nowMs;
  own.steps.push(entry);
  try {
    await work(entry);
  } finally {
    entry.durationMs = at.machines.nowMs - startedMs;
  }
}

/** Applies a change after a delay, except in check mode. */
export async function change(
  at: AtWork,
  environment: Wanted,
  entry: StepEntry,
  ms: number,
  what: string | { readonly removed: RemovedPart },
  apply: (slot: Slot) => void,
): Promise<void> {
  entry.changed = true;
  if (at.check) return;
  await at.pass(ms);
  if (at.machine.diskFull && typeof what === 'string' && !what.startsWith('removed'))
    throw new StepError('internal_error', `OSError: ${noSpace}`);
  apply(slotOf(at.machine, environment.name));
  if (typeof what === 'string') note(at, environment, what);
  else note(at, environment, `removed the ${what.removed}`, what.removed);
}

/** Records a change. */
export function note(
  at: AtWork,
  environment: Wanted | null,
  what: string,
  removed: RemovedPart | null = null,
): void {
  const { number: run, by, playbook } = at.run;
  at.machines.audit.note({
    atMs: at.machines.nowMs,
    by,
    host: at.machine.ipv4,
    run,
    playbook,
    environment: environment?.name ?? null,
    uid: environment?.uid ?? null,
    task: at.task,
    change: what,
    removed,
  });
}

export function slotOf(machine: SimMachine, name: string): Slot {
  const known = machine.slots.get(name);
  if (known !== undefined) return known;
  const made = emptySlot(name);
  machine.slots.set(name, made);
  return made;
}
