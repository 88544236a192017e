import type { BackupTarget, Retention } from '../fleet/backups.ts';
import type { DesiredFleet } from '../fleet/desired.ts';
import type { RecordedFleet } from '../fleet/recorded.ts';
import type { Schedule } from '../fleet/schedule.ts';

export interface PolicyLine {
  readonly ref: string;
  readonly name: string;
  readonly repository: string;
  readonly schedule: Schedule;
  readonly scope: string;
  readonly retention: Retention;
  readonly verification: Schedule | null;
  /** Number of environments that use it. */
  readonly environments: number;
  /** RFC 3339; the newest backup of any of these environments. */
  readonly lastBackupAt: string | null;
}

export interface RepositoryLine {
  readonly ref: string;
  readonly name: string;
  readonly type: BackupTarget['kind'];
  /** Its location, without credentials. */
  readonly place: string;
}

/** The backup policies of the fleet, with the recorded backups of their environments. */
export function policyLines(
  fleet: DesiredFleet | undefined,
  { backups }: RecordedFleet,
): readonly PolicyLine[] {
  const users = Map.groupBy(fleet?.environments.values() ?? [], (environment) => environment.backups.policy);
  return [...(fleet?.backupPolicies.values() ?? [])].map((policy) => {
    const { ref, name, repository, schedule, scope, retention, verification } = policy;
    const environments = users.get(name) ?? [];
    const newest = environments.flatMap((environment) => backups.get(environment.name)?.[0]?.takenAt ?? []);
    return {
      ref,
      name,
      repository,
      schedule,
      scope,
      retention,
      verification,
      environments: environments.length,
      lastBackupAt: newest.sort().at(-1) ?? null,
    };
  });
}

export function repositoryLines(fleet: DesiredFleet | undefined): readonly RepositoryLine[] {
  return [...(fleet?.backupRepositories.values() ?? [])].map(({ ref, name, target }) => ({
    ref,
    name,
    type: target.kind,
    place: placeOf(target),
  }));
}

function placeOf(target: BackupTarget): string {
  switch (target.kind) {
    case 'local':
      return target.path;
    case 'sftp':
      return `${target.user}@${target.host}:${target.path}`;
    case 's3':
      return `${target.endpoint}/${target.bucket}${target.prefix === '' ? '' : `/${target.prefix}`}`;
    default:
      return target satisfies never;
  }
}
