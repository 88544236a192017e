import type { CommitSha } from '../../../src/fleet/brand.ts';
import type { Plan } from '../../../src/fleet/plan.ts';
import type { RetryState } from '../../../src/ports/store.ts';
import type { PassReport } from '../../../src/reconcile/pass-report.ts';
import type { Progress } from '../../../src/reconcile/progress.ts';
import type { Controller } from '../controller/supervisor.ts';
import type { SimProcess, SimRandom, Timeline, Trace, WorldCore } from '../core/index.ts';
import type { SimRemote } from '../git/index.ts';
import type { SimHetzner } from '../hetzner/index.ts';
import type { DiskImage, SimMachines } from '../machines/index.ts';
import type { FleetModel } from '../workload/fleet-model.ts';
import type { Disk } from './disk.ts';

/** Everything in a run, for actors and checkers. */
export interface World {
  readonly core: WorldCore;
  readonly timeline: Timeline;
  readonly random: SimRandom;
  readonly trace: Trace;
  readonly remote: SimRemote;
  readonly account: SimHetzner;
  readonly machines: SimMachines;
  readonly hosts: readonly Host[];
  /** The fleet of each commit of the source branch, as its author intended it. */
  readonly meant: Map<CommitSha, Meant>;
  /** The last known activity of each life of a daemon. */
  readonly lives: Map<string, Life>;
  /** Texts that must not appear anywhere. */
  readonly canaries: readonly string[];
  /** Log lines of the daemons since the last check. */
  readonly logged: string[];
  /** Progress events of the daemons since the last check. */
  readonly said: Said[];
  /** Changes outside of Git that are not undone yet. */
  readonly outsideChanges: OutsideChange[];
  /** Snapshots of servers, oldest first. */
  readonly images: Map<number, DiskImage[]>;
  /** Version of the Ansible content that is installed on the controllers. */
  contentVersion: string;
  phase: 'safety' | 'liveness' | 'rest';
}

/** What a person changed at the provider or on a node, and how the same person takes it back. */
export interface OutsideChange {
  readonly what: string;
  readonly node: string;
  readonly sinceMs: number;
  /** What must be reported until it is taken back or accepted, and keeps everything on the node as it is; null for a change without such a finding. */
  readonly finding: 'identity' | 'disk' | null;
  /** Whether the status branch named the server, or the applied node, before. */
  readonly isRecorded: boolean;
  /** Null when there is no way back. Returns whether it was possible. */
  readonly undo: (() => boolean) | null;
}

/** A controller and its state. */
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
  /** Commit of the acting pass; null when none acts. */
  acting: CommitSha | null;
  plan: Plan | null;
  passes: number;
  /** Start of the current pass. */
  beganMs: number;
  /** Start of the pass of `lastReport`. */
  reportBeganMs: number;
  lastReport: PassReport | null;
}

export type Said =
  | {
      readonly kind: 'progress';
      readonly life: Life;
      readonly event: Progress;
      /** The stored last failure of a starting action, at its start. */
      readonly retry: RetryState | undefined;
    }
  | { readonly kind: 'pass'; readonly life: Life; readonly report: PassReport }
  | { readonly kind: 'ended'; readonly life: Life; readonly error: unknown };

export const statusBranch = 'pressluft/status';
export const token = 'CanaryTokenCanaryTokenCanaryTokenCanaryTokenCanaryTokenCanaryTok';

/** The current or last life of the first controller. */
export function mainLife({ hosts, lives }: World): Life | undefined {
  const [main] = hosts;
  return [...lives.values()].findLast(({ host }) => host === main);
}

/** Whether a daemon made the change, not a person or the world itself. */
export function isDaemon(world: World, by: string): boolean {
  return world.lives.has(by);
}
