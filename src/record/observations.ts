import type { Digest, Uid } from '../fleet/brand.ts';
import type { DeletionPolicy } from '../fleet/desired.ts';
import type {
  DriftedFile,
  NodeState,
  ObservedEnvironment,
  ObservedNode,
  ObservedServer,
} from '../fleet/observed.ts';
import { failingChecks } from '../fleet/readiness.ts';
import { recordableSpec } from './applied.ts';

type Json = Readonly<Record<string, unknown>>;

/** What a plan needs of an environment beside its record; a member is left out where it says what is usual. */
export interface EnvironmentObservation {
  readonly state: 'running' | 'stopped';
  /** Owner, where it is not the one that the name stands for; `none` when nobody is named. */
  readonly owner?: string;
  readonly complete?: false;
  readonly retained?: true;
  readonly deletionPolicy?: DeletionPolicy;
  readonly drift?: readonly DriftedFile[];
  readonly failedServices?: readonly string[];
}

/** An environment on a node that has no record of its own there. */
export interface OrphanObservation extends EnvironmentObservation {
  readonly name: string;
  readonly digest?: Digest;
  /** What was applied to it, unless it is somebody else's: its manifest may come back. */
  readonly applied?: Json;
  readonly wordpressVersion?: string;
  readonly phpVersion?: string;
}

export interface NodeObservation {
  readonly state: NodeState;
  readonly reason?: string;
  readonly message?: string;
  /** Provisioning was begun and not ended, or never begun. */
  readonly provisioned?: false;
  readonly failing?: readonly { readonly code: string; readonly message: string }[];
  readonly strays?: readonly OrphanObservation[];
}

export function environmentObservation(seen: ObservedEnvironment, uid: Uid): EnvironmentObservation {
  return {
    state: seen.state,
    ...(seen.uid === uid ? {} : { owner: seen.uid ?? 'none' }),
    ...(seen.complete ? {} : { complete: false as const }),
    ...(seen.retained ? { retained: true as const } : {}),
    ...(seen.deletionPolicy === null ? {} : { deletionPolicy: seen.deletionPolicy }),
    ...(seen.driftedFiles.length === 0 ? {} : { drift: seen.driftedFiles }),
    ...(seen.failedServices.length === 0 ? {} : { failedServices: seen.failedServices }),
  };
}

export function orphanObservation(seen: ObservedEnvironment, uid: Uid): OrphanObservation {
  const applied = seen.uid === uid || seen.uid === null ? recordableSpec(seen.appliedSpec, uid) : null;
  return {
    name: seen.name,
    ...environmentObservation(seen, uid),
    ...(seen.appliedDigest === null ? {} : { digest: seen.appliedDigest }),
    ...(applied === null ? {} : { applied }),
    ...(seen.wordpressVersion === null ? {} : { wordpressVersion: seen.wordpressVersion }),
    ...(seen.phpVersion === null ? {} : { phpVersion: seen.phpVersion }),
  };
}

/**
 * What a plan needs of a node. Words stay as they were recorded while their codes are the same: the numbers in them (free disk
 * space, milliseconds) must not make a commit in every pass.
 */
export function nodeObservation(seen: ObservedNode, before: NodeObservation | null): NodeObservation {
  const failing = failingChecks(seen.checks).map(({ code, message }) => ({
    code,
    message: before?.failing?.find((check) => check.code === code)?.message ?? message,
  }));
  const same = before?.state === seen.state && (before.reason ?? '') === seen.reason;
  const message = same ? (before.message ?? '') : seen.message;
  return {
    state: seen.state,
    ...(seen.reason === '' ? {} : { reason: seen.reason }),
    ...(message === '' ? {} : { message }),
    ...(isObserved(seen) && seen.appliedDigest === null ? { provisioned: false as const } : {}),
    ...(failing.length === 0 ? {} : { failing }),
  };
}

export function serverFacts(server: ObservedServer, uid: Uid): Json {
  return {
    id: server.id,
    name: server.name,
    type: server.serverType,
    location: server.location,
    ...(server.image === null ? {} : { image: server.image }),
    ...(server.uid === uid ? {} : { owner: server.uid ?? 'none' }),
  };
}

/** Whether somebody was there to say what is on the node. */
export function isObserved(node: Pick<ObservedNode, 'state'> | undefined): boolean {
  return node !== undefined && lookedAt.has(node.state);
}

const lookedAt: ReadonlySet<NodeState> = new Set<NodeState>(['unprovisioned', 'not_ready', 'ready']);
