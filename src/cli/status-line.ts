import type { ResourceRef } from '../fleet/brand.ts';
import { type Reason, reasonEntry, reasons } from '../fleet/reasons.ts';
import type { Condition, StatusDocument } from '../fleet/recorded.ts';
import { parseResourceRef } from '../fleet/resource.ts';
import type { ManifestResource } from '../manifest/index.ts';
import { environmentDetailsOf } from '../record/status/environment-details.ts';
import type { SiteOwned } from './site-owned.ts';

export type ReadyWord = 'ready' | 'not-ready' | 'unknown';

/** The state of a resource. */
export type ResourceState =
  | 'ready'
  /** Being changed, or to be changed by the next pass. */
  | 'pending'
  /** Blocked until a window opens, a freeze ends, an approval is given or another resource is ready. */
  | 'waiting'
  /** Failed, and is retried automatically. */
  | 'retrying'
  /** Not ready for an external reason, e.g. an unreachable node; resumes when that is over. */
  | 'not-ready'
  /** Blocked until a person acts. */
  | 'stalled'
  /** Its manifest was removed; its data is kept. */
  | 'retained'
  /** Its manifest was removed; its removal is in progress or blocked. */
  | 'leaving'
  /** Its manifest is broken; it is left unchanged. */
  | 'quarantined'
  /** On a suspended node, and ready or with changes that wait for the end of the suspension: left unchanged. */
  | 'suspended'
  | 'unknown';

/** What `status` shows for one resource. */
export interface ResourceLine {
  readonly ref: string;
  readonly name: string;
  readonly state: ResourceState;
  readonly ready: ReadyWord;
  /** True while Pressluft changes it or retries automatically. */
  readonly reconciling: boolean;
  /** True if a person must act. */
  readonly stalled: boolean;
  /** Its node is suspended: it is neither changed nor deleted. */
  readonly suspended: boolean;
  /** What has drifted on the node; null if no drift is known. */
  readonly drifted: string | null;
  readonly reason: Reason;
  readonly message: string;
  readonly nextStep: string | null;
  /** RFC 3339; the last change of `ready`. */
  readonly since: string | null;
  /** RFC 3339; the earliest time at which it resumes automatically. */
  readonly notBefore: string | null;
  /** IANA zone for displaying `notBefore`; null for UTC. */
  readonly timezone: string | null;
  /** It has a manifest at the tip of the branch. */
  readonly described: boolean;
  /** The manifest at the tip of the branch, or one that it depends on, is broken. */
  readonly quarantined: boolean;
  readonly node: string | null;
  readonly provider: string | null;
  readonly appliedRevision: string | null;
  readonly details: Readonly<Record<string, unknown>>;
  /** Settings that differ and that the site owns; absent if there are none. */
  readonly siteOwned?: readonly SiteOwned[];
}

/** A resource with its record, its manifest, or both. */
export function resourceLine(
  ref: ResourceRef,
  document: StatusDocument | undefined,
  manifest: ManifestResource | undefined,
): ResourceLine {
  const find = (type: Condition['type']) => document?.conditions.find((condition) => condition.type === type);
  const [ready, reconciling, stalled, drifted] = [
    find('Ready'),
    find('Reconciling'),
    find('Stalled'),
    find('Drifted'),
  ];
  const quarantined = manifest?.quarantined ?? false;
  const facts = {
    ref,
    name: ref.slice(ref.indexOf('/') + 1),
    ready: readyWord(ready),
    reconciling: reconciling?.status === 'True',
    stalled: stalled?.status === 'True',
    suspended: find('Suspended')?.status === 'True',
    drifted: drifted?.status === 'True' ? drifted.message : null,
    ...(document === undefined ? unrecorded(quarantined) : wordsOf(ready)),
    since: ready?.lastTransitionTime ?? null,
    notBefore: reconciling?.notBefore ?? null,
    timezone: reconciling?.timezone ?? null,
    described: manifest !== undefined,
    quarantined,
    node: document?.node ?? null,
    provider: document?.provider ?? null,
    appliedRevision: document?.appliedRevision ?? null,
    details: document?.details ?? {},
  };
  return { ...facts, state: stateOf(facts) };
}

function readyWord(ready: Condition | undefined): ReadyWord {
  return ready?.status === 'True' ? 'ready' : ready?.status === 'False' ? 'not-ready' : 'unknown';
}

type Words = Pick<ResourceLine, 'reason' | 'message' | 'nextStep'>;

function wordsOf(ready: Condition | undefined): Words {
  return {
    reason: ready?.reason ?? 'Unknown',
    message: ready?.message ?? '',
    nextStep: ready?.nextStep ?? null,
  };
}

function unrecorded(quarantined: boolean): Words {
  if (!quarantined) return { reason: 'NotRecorded', message: '', nextStep: null };
  return {
    reason: 'Quarantined',
    message: 'its manifest, or one that it depends on, is broken; it is not created yet',
    nextStep: reasons.Quarantined.nextStep,
  };
}

/** Guards, ordered by what a person needs to know first. */
function stateOf(line: Omit<ResourceLine, 'state'>): ResourceState {
  const { ref, reason, ready, stalled, described } = line;
  const kind = parseResourceRef(ref)?.kind;
  if (reason === 'Quarantined') return 'quarantined';
  if (kind === 'Environment' && !described && (reason === 'Retained' || isRetained(line))) return 'retained';
  // A request that failed for good is not retried, so only a person can continue.
  if (reason === 'Failed') return 'stalled';
  if (ready === 'ready') return line.suspended ? 'suspended' : 'ready';
  if (kind === 'Environment' && !described) return 'leaving';
  if (reason === 'Suspended') return 'suspended';
  if (reason === 'ApprovalRequired') return 'waiting';
  if (stalled) return 'stalled';
  if (reasonEntry(reason).waits === true) return 'waiting';
  if (reason === 'BackingOff') return 'retrying';
  if (reason === 'Pending') return 'pending';
  return ready === 'unknown' ? 'unknown' : 'not-ready';
}

/** Whether a person must act, other than to approve, which the headline asks for. */
export function isStuck({ stalled, state, reason }: ResourceLine): boolean {
  return state === 'stalled' || (state === 'leaving' && stalled && reason !== 'ApprovalRequired');
}

/** Retained on its node, whatever its other conditions are. */
function isRetained({ details }: Pick<ResourceLine, 'details'>): boolean {
  return environmentDetailsOf({ details }).observed?.retained === true;
}
