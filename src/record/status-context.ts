import type { ResourceRef, SiteName } from '../fleet/brand.ts';
import type { AllowedSigner } from '../fleet/config.ts';
import type { DesiredEnvironment, DesiredFleet } from '../fleet/desired.ts';
import { uidOf } from '../fleet/naming.ts';
import type { ObservedFleet } from '../fleet/observed.ts';
import type { Plan } from '../fleet/plan.ts';
import type { RecordedFleet, StatusDocument } from '../fleet/recorded.ts';
import type { Refusal } from '../fleet/refusal.ts';
import { conditionsSince, type Finding, finding } from './conditions.ts';
import type { WorkIndex } from './work-findings.ts';

export interface StatusInput {
  readonly desired: DesiredFleet;
  /** As seen after the work of the pass. */
  readonly observed: ObservedFleet;
  readonly recorded: RecordedFleet;
  /** What is still to be done or blocked after the work of the pass. */
  readonly residual: Plan;
  /** Resources that were worked on in this pass. */
  readonly attempted: ReadonlySet<ResourceRef>;
  /** One line for each broken manifest. */
  readonly problems: readonly string[];
  /** Who may sign commits; absent or empty: signatures are not looked at. */
  readonly signers?: readonly AllowedSigner[];
  /** Why the newest commit is not applied. */
  readonly refusal?: Refusal | null;
  /** Public host key of a node, for the record. */
  readonly hostKeyOf: (ref: ResourceRef) => string | null;
  /** Version of the Ansible content that applied digests are made with. */
  readonly contentVersion: string;
  /** RFC 3339. */
  readonly at: string;
}

/** The input with what is looked up once for every resource. */
export interface StatusContext extends StatusInput {
  readonly work: WorkIndex;
  readonly environmentsOf: ReadonlyMap<SiteName, readonly DesiredEnvironment[]>;
}

export function quarantined(status: StatusDocument): readonly Finding[] {
  const message = `its manifest, or one that it needs, is broken; it is left as it is (${status.sourceFile})`;
  return [finding('Quarantined', message)];
}

export function withFindings(
  input: StatusContext,
  status: StatusDocument,
  findings: readonly Finding[],
): StatusDocument {
  return {
    ...status,
    conditions: conditionsSince(status.conditions, findings, input.at, input.attempted.has(status.ref)),
  };
}

/** A document with what all kinds have in common. */
export function document(
  input: StatusContext,
  ref: ResourceRef,
  findings: readonly Finding[],
  details: Readonly<Record<string, unknown>>,
): StatusDocument {
  const before = input.recorded.status.get(ref);
  return {
    ref,
    uid: uidOf(input.desired.config.fleet, ref),
    sourceFile: input.desired.locate(ref, '')?.file ?? before?.sourceFile ?? '',
    observedRevision: null,
    appliedRevision: null,
    appliedDigest: null,
    protected: false,
    deletionPolicy: null,
    node: null,
    provider: null,
    applied: null,
    conditions: conditionsSince(before?.conditions ?? [], findings, input.at, input.attempted.has(ref)),
    details,
  };
}
