import type { CommitSha } from '../../../src/fleet/brand.ts';
import type { Plan } from '../../../src/fleet/plan.ts';
import type { RetryState } from '../../../src/ports/store.ts';
import type { PassReport } from '../../../src/reconcile/pass-report.ts';
import type { Progress } from '../../../src/reconcile/progress.ts';
import type { Controller } from '../controller/supervisor.ts';
import type { SimProcess, SimRandom, Timeline, Trace, WorldCore } from '../core/index.ts';
import type { SimRemote } from '../git/index.ts';
import type { SimHetzner } from '../hetzner/index.ts';
import type { SimMachines } from '../machines/index.ts';
import type { FleetModel } from '../workload/fleet-model.ts';
import type { Disk } from './disk.ts';

/** Everything that there is in a run, for those who act in it and for those who judge it. */
export interface World {
  readonly core: WorldCore;
  readonly timeline: Timeline;
  readonly random: SimRandom;
  readonly trace: Trace;
  readonly remote: SimRemote;
  readonly account: SimHetzner;
  readonly machines: SimMachines;
  readonly hosts: readonly Host[];
  /** What each commit of the source branch describes, as its author meant it. */
  readonly meant: Map<CommitSha, Meant>;
  /** What each life of a daemon was last known to do. */
  readonly lives: Map<string, Life>;
  /** Texts that must be nowhere. */
  readonly canaries: readonly string[];
  /** Lines that the daemons logged since they were last looked at. */
  readonly logged: string[];
  /** Said by the daemons since it was last looked at. */
  readonly said: Said[];
  /** Version of the Ansible content that is installed on the controllers. */
  contentVersion: string;
  phase: 'safety' | 'liveness' | 'rest';
}

/** A controller, and what it keeps. */
export interface Host {
  readonly controller: Controller;
  readonly disk: Disk;
}

export interface Meant {
  readonly fleet: FleetModel;
  readonly what: string;
  readonly atMs: number;
}

export interface Life {
  readonly process: SimProcess;
  readonly host: Host;
  /** Commit of the pass that acts; null when none does. */
  acting: CommitSha | null;
  plan: Plan | null;
  passes: number;
  /** When the pass began that is at work. */
  beganMs: number;
  /** When the pass began of which `lastReport` tells. */
  reportBeganMs: number;
  lastReport: PassReport | null;
}

export type Said =
  | {
      readonly kind: 'progress';
      readonly life: Life;
      readonly event: Progress;
      /** Of an action that starts: what was remembered of its last failure in that moment. */
      readonly retry: RetryState | undefined;
    }
  | { readonly kind: 'pass'; readonly life: Life; readonly report: PassReport }
  | { readonly kind: 'ended'; readonly life: Life; readonly error: unknown };

export const statusBranch = 'pressluft/status';
export const token = 'CanaryTokenCanaryTokenCanaryTokenCanaryTokenCanaryTokenCanaryTok';

/** The life that the first controller lives now, or lived last. */
export function mainLife({ hosts, lives }: World): Life | undefined {
  const [main] = hosts;
  return [...lives.values()].findLast(({ host }) => host === main);
}

/** Whether something was done by a daemon rather than a person or the world itself. */
export function isDaemon(world: World, by: string): boolean {
  return world.lives.has(by);
}
