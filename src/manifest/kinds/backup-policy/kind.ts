import schema from '../../../../schemas/backup-policy.schema.json' with { type: 'json' };
import type { BackupScope, DesiredBackupPolicy, Retention } from '../../../fleet/backups.ts';
import type { BackupPolicyName, BackupRepositoryName } from '../../../fleet/brand.ts';
import type { Schedule } from '../../../fleet/schedule.ts';
import type { ParsedDocument } from '../../parsed-file.ts';
import { metadataOf, specOf } from '../../resolve/spec-of.ts';
import { systemDefaults } from '../../resolve/system-defaults.ts';
import type { ScheduleSpec } from '../common-spec.ts';
import type { ManifestKind } from '../manifest-kind.ts';
import { notSupportedYet } from '../not-supported-yet.ts';
import { policyChecks } from './policy-checks.ts';

export const backupPolicy: ManifestKind = {
  schema,
  distinctiveField: 'schedule',
  references: [{ field: 'repository', target: 'BackupRepository', strength: 'required' }],
  secrets: [],
  documentChecks: [policyChecks, () => [note]],
  fleetChecks: [],
  resolution: { collection: 'backupPolicies', resolve },
};

const note = {
  ...notSupportedYet(['kind'], 'backups are not supported yet: this policy is recorded for a later version'),
  severity: 'info',
} as const;

interface BackupPolicySpec {
  readonly repository: string;
  readonly schedule: ScheduleSpec;
  readonly scope?: BackupScope;
  readonly retention?: Partial<Retention>;
  readonly verification?: ScheduleSpec | false;
}

function resolve(document: ParsedDocument): DesiredBackupPolicy {
  const spec = specOf<BackupPolicySpec>('BackupPolicy', document);
  return {
    name: metadataOf(document).name as BackupPolicyName,
    ref: document.ref,
    repository: spec.repository as BackupRepositoryName,
    schedule: resolveSchedule(spec.schedule),
    scope: spec.scope ?? systemDefaults.backupScope,
    retention: resolveRetention(spec),
    verification: resolveVerification(spec),
  };
}

function resolveSchedule({ cron, timezone }: ScheduleSpec): Schedule {
  return { cron, timezone: timezone ?? systemDefaults.timezone };
}

/** Defaults for rules that are left out would keep backups that nobody asked for. */
function resolveRetention({ retention }: BackupPolicySpec): Retention {
  if (retention === undefined) return systemDefaults.retention;
  return { last: 0, daily: 0, weekly: 0, monthly: 0, yearly: 0, ...retention };
}

/** When backups of a policy are proven; null for never. */
function resolveVerification({ verification, schedule }: BackupPolicySpec): Schedule | null {
  if (verification === false) return null;
  const { timezone } = resolveSchedule(schedule);
  if (verification === undefined) return { cron: systemDefaults.verification, timezone };
  return { cron: verification.cron, timezone: verification.timezone ?? timezone };
}
