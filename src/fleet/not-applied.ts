import type { DesiredBackupPolicy, DesiredBackupRepository } from './backups.ts';
import type { FleetConfig } from './config.ts';
import type { DesiredEnvironment, DesiredFleet } from './desired.ts';
import type { NotApplied } from './plan.ts';
import { resourceRef } from './resource.ts';

/** Why a setting is not applied. `validate`, plans and records say the same. */
export const notAppliedWhy = {
  tls: 'https is not supported yet: the site is served over http',
  scrub: 'clones are not supported yet, so nothing is scrubbed',
  backups: 'backups are not supported yet: the policy is recorded only',
  schedule: 'backups are not supported yet: the schedule is recorded only',
  repository: 'backups are not supported yet: nothing is stored in it',
  finalBackup:
    'final backups are not supported yet: until then it acts as retain, and the data stays on the node',
  locale: 'language packs are not supported yet: WordPress stays in English',
  notifications: 'notifications are not supported yet: the receivers are recorded only',
} as const;

/** Settings of the whole fleet that this version does not apply; by resource, then by field. */
export function notAppliedIn({ config, environments }: DesiredFleet): readonly NotApplied[] {
  const byName = [...environments.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  return [...byName.flatMap(notAppliedOf), ...notAppliedOfConfig(config)];
}

/** Of a policy, for its record; plans name the environments that use it. */
export function notAppliedOfPolicy({ ref, schedule }: DesiredBackupPolicy): readonly NotApplied[] {
  return [{ resource: ref, field: 'schedule', value: schedule.cron, why: notAppliedWhy.schedule }];
}

export function notAppliedOfRepository({ ref, target }: DesiredBackupRepository): readonly NotApplied[] {
  return [{ resource: ref, field: 'type', value: target.kind, why: notAppliedWhy.repository }];
}

/** Settings of `pressluft.yaml` that this version does not apply. */
export function notAppliedOfConfig({ fleet, notifications: { length } }: FleetConfig): readonly NotApplied[] {
  if (length === 0) return [];
  const resource = resourceRef('Pressluft', fleet);
  const value = `${length} ${length === 1 ? 'receiver' : 'receivers'}`;
  return [{ resource, field: 'notifications', value, why: notAppliedWhy.notifications }];
}

/** Settings of an environment that this version does not apply. */
export function notAppliedOf(environment: DesiredEnvironment): readonly NotApplied[] {
  const { ref: resource, backups, deletionPolicy, scrub, tls, wordpress } = environment;
  const when = (found: boolean, field: string, value: string | null, why: string): readonly NotApplied[] =>
    found && value !== null ? [{ resource, field, value, why }] : [];
  return [
    ...when(true, 'backups.policy', backups.policy, notAppliedWhy.backups),
    ...when(
      deletionPolicy === 'backup-then-delete',
      'deletionPolicy',
      deletionPolicy,
      notAppliedWhy.finalBackup,
    ),
    ...when(scrub !== 'none', 'scrub', scrub, notAppliedWhy.scrub),
    ...when(tls.mode !== 'off', 'tls.mode', tls.mode, notAppliedWhy.tls),
    ...when(wordpress.locale !== 'en_US', 'wordpress.locale', wordpress.locale, notAppliedWhy.locale),
  ];
}

/** `accepted, not applied by this version: tls.mode acme (https is …); …`; the resource is shown beside it. */
export function notAppliedWords(settings: readonly Omit<NotApplied, 'resource'>[]): string {
  const words = settings.map(({ field, value, why }) => `${field} ${value} (${why})`);
  return `accepted, not applied by this version: ${words.join('; ')}`;
}
