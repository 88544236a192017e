import type { BackupPolicyName } from '../../src/fleet/brand.ts';
import type { DesiredEnvironment } from '../../src/fleet/desired.ts';
import type { BackupRecord, RecordedFleet, StatusDocument } from '../../src/fleet/recorded.ts';
import type { PlanInput } from '../../src/plan/plan-input.ts';
import { everyKind } from './action-kinds.ts';
import { converged, convergedFleet, planInput } from './apply-plan.ts';
import { backupPolicy, backupRepository, recordedBackups } from './backup-builders.ts';
import {
  commitSha,
  type DesiredParts,
  desiredEnvironment,
  desiredFleet,
  observedNode,
  recordedFleet,
} from './fleet-builders.ts';

export const acme = desiredEnvironment('acme', { backups: { policy: 'nightly' as BackupPolicyName } });
export const upgraded = { ...acme, wordpress: { ...acme.wordpress, version: '7.2' } };
const vault = { backupRepositories: [backupRepository()], backupPolicies: [backupPolicy()] };
export const commit12 = commitSha('commit 1').slice(0, 12);

export interface BackedUpCase {
  readonly before: readonly DesiredEnvironment[];
  readonly after: readonly DesiredEnvironment[];
  readonly parts?: DesiredParts;
  readonly records?: readonly BackupRecord[];
  readonly status?: readonly StatusDocument[];
  readonly kinds?: PlanInput['kinds'];
}

/** A plan input for a fleet whose environments change. All action kinds are supported by default. */
export function inputOf({
  before,
  after,
  parts = {},
  records = [],
  status = [],
  kinds = everyKind,
}: BackedUpCase): PlanInput {
  const recorded: RecordedFleet = { ...recordedFleet(status), backups: recordedBackups(...records) };
  return planInput({
    desired: desiredFleet({ environments: after, ...vault, ...parts }),
    observed: convergedFleet(desiredFleet({ environments: before })),
    recorded,
    kinds,
  });
}

/** The applied state of a converged environment. */
export function appliedDigestOf(environment: DesiredEnvironment) {
  return converged(desiredFleet(), environment, observedNode('web-1')).appliedDigest;
}
