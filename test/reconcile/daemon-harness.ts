import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from '../../src/adapters/sqlite/store.ts';
import { errors } from '../../src/fleet/error-catalogue.ts';
import { PressluftError } from '../../src/fleet/errors.ts';
import type { Deps } from '../../src/ports/index.ts';
import { type DaemonOptions, runDaemon } from '../../src/reconcile/daemon.ts';
import { createPassMemory } from '../../src/reconcile/memory.ts';
import type { PassReport } from '../../src/reconcile/pass-report.ts';
import { environmentFile, fleetFiles } from '../cli/fleet-files.ts';
import { memoryGit } from '../support/memory-git.ts';
import { memoryLog } from '../support/memory-log.ts';
import { memorySignatures } from '../support/memory-signatures.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { simulatedNodes } from '../support/simulated-nodes.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

export const minuteMs = 60_000;
export const [web1, web2] = ['192.0.2.10', '192.0.2.11'];
export const staging = 'environments/acme-staging.yaml';
export const stagingFile = (memoryLimit: string) => environmentFile('acme-staging', memoryLimit, 'staging');

/** Two nodes: web-1 with acme-production and acme-staging, web-2 with blog. */
const twoNodes: Readonly<Record<string, string>> = {
  ...fleetFiles,
  'nodes/web-2.yaml': (fleetFiles['nodes/web-1.yaml'] ?? '').replace('web-1', 'web-2').replace(web1, web2),
  'environments/blog.yaml': environmentFile('blog', '128M').replace('node: web-1', 'node: web-2'),
};

/** More than any test needs. */
const mostPasses = 60;

export interface Started {
  readonly trigger: string;
  /** Virtual milliseconds since the harness was made. */
  readonly atMs: number;
}

export type DaemonHarness = Awaited<ReturnType<typeof daemonHarness>>;

/** The daemon over a virtual clock, a remote in memory, simulated nodes and a real store. */
export async function daemonHarness() {
  // Durable writes would take most of the time of these tests.
  const dir = await mkdtemp(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'pressluft-daemon-'));
  const [clock, git, nodes, log] = [new VirtualClock(), memoryGit(), simulatedNodes(), memoryLog()];
  const store = openStore(join(dir, 'store.sqlite'), { log });
  const deps: Deps = {
    clock,
    random: seededRandom(7),
    git: git.repository,
    store,
    log,
    machines: nodes.machines,
    ansible: nodes.ansible,
    secrets: { resolve: async () => 'secret', own: async () => 'secret', redact: (text) => text },
    signatures: memorySignatures(),
    cloud: async () => {
      throw new PressluftError(errors.providerUnreachable, 'there is no cloud in this test');
    },
  };
  git.push(twoNodes);
  const started: Started[] = [];
  const reports: PassReport[] = [];
  let stop = new AbortController();
  let ring: (reason: string) => void = () => undefined;
  let running: Promise<void> | undefined;

  return {
    clock,
    git,
    nodes,
    log,
    deps,
    /** Passes that began. */
    started,
    /** Passes that ended without an error. */
    reports,
    ring: (reason: string) => ring(reason),
    /** Runs everything until it waits. */
    settle: () => clock.advance(0),
    /** Starts a daemon, also after another was stopped: the state is kept. */
    start: async (options: Partial<DaemonOptions> = {}) => {
      stop = new AbortController();
      running = runDaemon(deps, createPassMemory(), {
        intervalMs: 1000 * minuteMs,
        pollIntervalMs: 10_000,
        signal: stop.signal,
        onProgress: (event) => {
          if (event.kind !== 'pass-started') return;
          started.push({ trigger: event.trigger, atMs: clock.monotonic() });
          // A loop without pauses would never let the test continue.
          if (started.length > mostPasses) stop.abort(new Error('too many passes'));
        },
        onPass: (report) => reports.push(report),
        onReady: (given) => {
          ring = given;
        },
        ...options,
      });
      await clock.advance(0);
    },
    /** Ends the daemon; throws its error. */
    stop: async () => {
      stop.abort(new Error('stopped by SIGTERM'));
      await running;
    },
    close: async () => {
      stop.abort(new Error('the test is over'));
      await running?.catch(() => undefined);
      store.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** A promise with its resolve function. */
export function gate(): { readonly passed: Promise<void>; open(): void } {
  let open: () => void = () => undefined;
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open: () => open() };
}

/** Rejects when its signal is aborted, like all waiting calls. */
export function untilAborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    const fail = () => reject(new PressluftError(errors.cancelled, 'cancelled', { cause: signal?.reason }));
    if (signal?.aborted === true) fail();
    else signal?.addEventListener('abort', fail, { once: true });
  });
}
