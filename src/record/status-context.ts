import type { NodeName, ResourceRef, SiteName } from '../fleet/brand.ts';
import type { AllowedSigner } from '../fleet/config.ts';
import type { DesiredEnvironment, DesiredFleet } from '../fleet/desired.ts';
import { uidOf } from '../fleet/naming.ts';
import type { ObservedFleet } from '../fleet/observed.ts';
import type { Plan } from '../fleet/plan.ts';
import type { RecordedFleet, StatusDocument } from '../fleet/recorded.ts';
import type { Refusal } from '../fleet/refusal.ts';
import { conditionsSince, type Finding, finding } from './conditions.ts';
import { type WorkIndex, workOf } from './work-findings.ts';

export interface StatusInput {
  readonly desired: DesiredFleet;
  /** The observation after the work of the pass. */
  readonly observed: ObservedFleet;
  readonly recorded: RecordedFleet;
  /** Actions that are pending or blocked after the work of the pass. */
  readonly residual: Plan;
  /** Resources that were worked on in this pass. */
  readonly attempted: ReadonlySet<ResourceRef>;
  /** One line for each broken manifest. */
  readonly problems: readonly string[];
  /** Allowed signers; absent or empty: signatures are not checked. */
  readonly signers?: readonly AllowedSigner[];
  /** Why the newest commit is not applied. */
  readonly refusal?: Refusal | null;
  /** Public host key of a node, for the record. */
  readonly hostKeyOf: (ref: ResourceRef) => string | null;
  /** Version of the Ansible content; part of applied digests. */
  readonly contentVersion: string;
  /** RFC 3339. */
  readonly at: string;
}

/** The input with prepared indexes. */
export interface StatusContext extends StatusInput {
  readonly work: WorkIndex;
  readonly environmentsOf: ReadonlyMap<SiteName, readonly DesiredEnvironment[]>;
}

/** Of a resource that the plan does not report: only nodes and environments are planned. */
export function quarantined({ desired, work }: StatusContext, { ref }: StatusDocument): readonly Finding[] {
  const planned = workOf(work, ref);
  const cause = desired.quarantine.resources.get(ref);
  if (planned.length > 0 || cause === undefined) return planned;
  const { code, message, position } = cause.fault;
  const whose = cause.of === ref ? 'its manifest' : `the manifest of ${cause.of}, which it depends on,`;
  return [
    finding(
      'Quarantined',
      `${whose} is broken: ${message} (${code})`,
      `Correct ${position.file}:${position.line}; until then it is left unchanged.`,
    ),
  ];
}

/** The condition of a suspended node and of the environments on it; empty for any other node. */
export function suspension({ desired }: StatusInput, name: NodeName, message: string): readonly Finding[] {
  if (desired.nodes.get(name)?.state !== 'suspended') return [];
  return [{ ...finding('Suspended', message), type: 'Suspended', status: 'True' }];
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

/** A status document with the members that all kinds have. */
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
