import { openSession } from '../../../src/main/session.ts';
import { readSettings } from '../../../src/main/settings.ts';
import type { AnsibleRequest } from '../../../src/ports/ansible.ts';
import type { Deps } from '../../../src/ports/index.ts';
import { runPass } from '../../../src/reconcile/pass.ts';
import type { PassReport } from '../../../src/reconcile/pass-report.ts';
import type { BenchFleet } from './bench-fleet.ts';
import { createPhaseTimer, type Phases } from './phases.ts';

/** What a controller did through its ports since the last reset. */
export interface Counters {
  /** Commands over SSH, by address. Runs of Ansible are not among them. */
  readonly commands: ReadonlyMap<string, number>;
  readonly storeWrites: number;
  readonly gitWrites: number;
  readonly fetches: number;
  readonly ansibleRuns: number;
  /** Wall time of the runs of Ansible, ms. */
  readonly ansibleMs: number;
}

export interface MeasuredPass {
  readonly report: PassReport;
  readonly durationMs: number;
  readonly phases: Phases;
  readonly counters: Counters;
  /** Requests to Ansible. */
  readonly requests: readonly AnsibleRequest[];
}

/** A controller inside this process: the real adapters, with all port calls counted. */
export interface BenchSession {
  pass(): Promise<MeasuredPass>;
  /** A pass that must end with everything converged. */
  converge(): Promise<MeasuredPass>;
  readonly deps: Deps;
  close(): Promise<void>;
}

export async function openBenchSession({ fleet }: BenchFleet): Promise<BenchSession> {
  const settings = readSettings({}, fleet.env, fleet.workTree, 'warn');
  const session = await openSession(settings, fleet.env, { access: 'exclusive', defaultLogLevel: 'warn' });
  const tally = createTally();
  const deps = countedDeps(session.deps, tally);
  const never = new AbortController().signal;
  let number = 0;
  const pass = async (): Promise<MeasuredPass> => {
    number += 1;
    tally.reset();
    const timer = createPhaseTimer();
    const started = performance.now();
    const report = await runPass(deps, session.memory, {
      artifactMirror: session.artifactMirror,
      pass: `${number}`,
      trigger: 'benchmark',
      operator: false,
      signal: never,
      waitSignal: never,
      onProgress: timer.onProgress,
    });
    const durationMs = performance.now() - started;
    return { report, durationMs, phases: timer.phases(), counters: tally.read(), requests: tally.requests() };
  };
  return {
    pass,
    converge: async () => {
      const measured = await pass();
      const { results, residual } = measured.report;
      const failed = results.filter((result) => result.outcome !== 'succeeded');
      const left = [...(residual?.actions ?? []), ...(residual?.blocked ?? [])];
      if (failed.length > 0 || left.length > 0)
        throw new Error(`the fleet did not converge: ${JSON.stringify({ failed, left }).slice(0, 2000)}`);
      return measured;
    },
    deps,
    close: () => session.close(),
  };
}

function createTally() {
  let commands = new Map<string, number>();
  let requests: AnsibleRequest[] = [];
  const count = { storeWrites: 0, gitWrites: 0, fetches: 0, ansibleRuns: 0, ansibleMs: 0 };
  return {
    count,
    command: (host: string) => commands.set(host, (commands.get(host) ?? 0) + 1),
    request: (request: AnsibleRequest) => requests.push(request),
    requests: () => requests,
    read: (): Counters => ({ ...count, commands }),
    reset: () => {
      commands = new Map();
      requests = [];
      Object.assign(count, { storeWrites: 0, gitWrites: 0, fetches: 0, ansibleRuns: 0, ansibleMs: 0 });
    },
  };
}

function countedDeps(deps: Deps, tally: ReturnType<typeof createTally>): Deps {
  const { count } = tally;
  const { machines, git, store, ansible } = deps;
  const written = <A extends readonly unknown[], R>(method: (...args: A) => R) => {
    return (...args: A): R => {
      count.storeWrites += 1;
      return method(...args);
    };
  };
  return {
    ...deps,
    machines: {
      ...machines,
      run: (address, argv, options) => {
        tally.command(address.host);
        return machines.run(address, argv, options);
      },
    },
    git: {
      ...git,
      fetch: (branch, signal) => {
        count.fetches += 1;
        return git.fetch(branch, signal);
      },
      commit: (request) => {
        count.gitWrites += 1;
        return git.commit(request);
      },
      push: (branch, commit, expected, signal) => {
        count.gitWrites += 1;
        return git.push(branch, commit, expected, signal);
      },
    },
    store: {
      ...store,
      putIntent: written(store.putIntent),
      deleteIntent: written(store.deleteIntent),
      putRetry: written(store.putRetry),
      deleteRetry: written(store.deleteRetry),
      putValue: written(store.putValue),
      startRun: written(store.startRun),
      addRunStep: written(store.addRunStep),
      finishRun: written(store.finishRun),
    },
    ansible: {
      ...ansible,
      run: async (request) => {
        tally.request(request);
        count.ansibleRuns += 1;
        const started = performance.now();
        try {
          return await ansible.run(request);
        } finally {
          count.ansibleMs += performance.now() - started;
        }
      },
    },
  };
}
