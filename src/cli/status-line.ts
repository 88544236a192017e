import type { ResourceRef } from '../fleet/brand.ts';
import { type Reason, reasonEntry, reasons } from '../fleet/reasons.ts';
import type { Condition, StatusDocument } from '../fleet/recorded.ts';
import { parseResourceRef } from '../fleet/resource.ts';
import type { ManifestResource } from '../manifest/index.ts';
import { environmentDetailsOf } from '../record/status/environment-details.ts';

export type ReadyWord = 'ready' | 'not-ready' | 'unknown';

/** How a resource fares, in one word. */
export type ResourceState =
  | 'ready'
  /** Worked on, or taken up by the next pass. */
  | 'pending'
  /** Waits for a window, the end of a freeze, an approval or another resource. */
  | 'waiting'
  /** Failed, and is tried again by itself. */
  | 'retrying'
  /** Not ready for a reason outside of it, e.g. its node is away; goes on once that ends. */
  | 'not-ready'
  /** Nothing happens until a person acts. */
  | 'stalled'
  /** Its manifest is gone; its data are kept. */
  | 'retained'
  /** Its manifest is gone, and it is being removed, or would be. */
  | 'leaving'
  /** Its manifest is broken; it is left as it is. */
  | 'quarantined'
  | 'unknown';

/** What `status` says about one resource. */
export interface ResourceLine {
  readonly ref: string;
  readonly name: string;
  readonly state: ResourceState;
  readonly ready: ReadyWord;
  /** True while Pressluft works on it or tries it again by itself. */
  readonly reconciling: boolean;
  /** True when nothing goes on until a person acts. */
  readonly stalled: boolean;
  /** What on the node is otherwise than it was applied; null when nothing is known to be. */
  readonly drifted: string | null;
  readonly reason: Reason;
  readonly message: string;
  readonly nextStep: string | null;
  /** RFC 3339; when `ready` became what it is. */
  readonly since: string | null;
  /** RFC 3339; the earliest moment at which it goes on by itself. */
  readonly notBefore: string | null;
  /** IANA zone in which people read `notBefore`; null for UTC. */
  readonly timezone: string | null;
  /** There is a manifest of it at the tip of the branch. */
  readonly described: boolean;
  /** The manifest at the tip of the branch, or one that it needs, is broken. */
  readonly onHold: boolean;
  readonly node: string | null;
  readonly provider: string | null;
  readonly appliedRevision: string | null;
  readonly details: Readonly<Record<string, unknown>>;
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
  const onHold = manifest?.quarantined ?? false;
  const facts = {
    ref,
    name: ref.slice(ref.indexOf('/') + 1),
    ready: readyWord(ready),
    reconciling: reconciling?.status === 'True',
    stalled: stalled?.status === 'True',
    drifted: drifted?.status === 'True' ? drifted.message : null,
    ...(document === undefined ? unrecorded(onHold) : wordsOf(ready)),
    since: ready?.lastTransitionTime ?? null,
    notBefore: reconciling?.notBefore ?? null,
    timezone: reconciling?.timezone ?? null,
    described: manifest !== undefined,
    onHold,
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

function unrecorded(onHold: boolean): Words {
  if (!onHold) return { reason: 'NotRecorded', message: '', nextStep: null };
  return {
    reason: 'Quarantined',
    message: 'its manifest, or one that it needs, is broken; nothing was made of it yet',
    nextStep: reasons.Quarantined.nextStep,
  };
}

/** Guards in order of what a person has to know first. */
function stateOf(line: Omit<ResourceLine, 'state'>): ResourceState {
  const { ref, reason, ready, stalled, described } = line;
  const kind = parseResourceRef(ref)?.kind;
  if (reason === 'Quarantined') return 'quarantined';
  if (kind === 'Environment' && !described && (reason === 'Retained' || isRetained(line))) return 'retained';
  // A request that failed for good is not carried out again, so only a person can go on from there.
  if (reason === 'Failed') return 'stalled';
  if (ready === 'ready') return 'ready';
  if (kind === 'Environment' && !described) return 'leaving';
  if (reason === 'ApprovalRequired') return 'waiting';
  if (stalled) return 'stalled';
  if (reasonEntry(reason).waits === true) return 'waiting';
  if (reason === 'BackingOff') return 'retrying';
  if (reason === 'Pending') return 'pending';
  return ready === 'unknown' ? 'unknown' : 'not-ready';
}

/** Whether it takes a person for it to go on, other than by the approval that is asked for at the top. */
export function isStuck({ stalled, state, reason }: ResourceLine): boolean {
  return state === 'stalled' || (state === 'leaving' && stalled && reason !== 'ApprovalRequired');
}

/** Out of service on its node, whatever else is said of it. */
function isRetained({ details }: Pick<ResourceLine, 'details'>): boolean {
  return environmentDetailsOf({ details }).observed?.retained === true;
}
