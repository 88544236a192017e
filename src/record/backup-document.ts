import type { BackupScope } from '../fleet/backups.ts';
import type { EnvironmentName, Uid } from '../fleet/brand.ts';
import type { BackupReason, BackupRecord } from '../fleet/recorded.ts';
import { commitAt, countAt, digestAt, readYaml, recordOf, textAt, timeAt } from './read-yaml.ts';
import { writeYaml } from './write-yaml.ts';

export function backupPath({ environment, id }: BackupRecord): string {
  return `backups/${environment}/${id}.yaml`;
}

export function renderBackup(record: BackupRecord): string {
  const { id, environment, uid, reason, scope, takenAt, commit, appliedDigest } = record;
  const { repository, snapshot, sizeBytes, durationMs, versions, verifiedAt } = record;
  const document = {
    apiVersion: 'pressluft.dev/v1',
    kind: 'BackupRecord',
    metadata: { name: id },
    environment,
    uid,
    reason,
    scope,
    takenAt,
    commit,
    ...(appliedDigest === null ? {} : { appliedDigest }),
    repository,
    snapshot,
    sizeBytes,
    durationMs,
    versions,
    ...(verifiedAt === null ? {} : { verifiedAt }),
  };
  return `# Written by Pressluft. A backup that was taken; the data is in its repository.\n${writeYaml(document)}`;
}

const reasons: readonly BackupReason[] = ['scheduled', 'requested', 'restore-point', 'final'];
const scopes: readonly BackupScope[] = ['database', 'files', 'full'];
const idForm = /^[a-z0-9][a-z0-9.-]{0,99}$/;

/** Parses a backup record strictly, because deletions and restores rely on it. Undefined if a required value is missing or invalid. */
export function parseBackup(text: string, path: string): BackupRecord | undefined {
  const document = readYaml(text);
  const id = textAt(recordOf(document.metadata), 'name');
  const [environment, uid] = [textAt(document, 'environment'), textAt(document, 'uid')];
  const reason = reasons.find((candidate) => candidate === document.reason);
  const scope = scopes.find((candidate) => candidate === document.scope);
  const [takenAt, commit] = [timeAt(document, 'takenAt'), commitAt(document, 'commit')];
  const [repository, snapshot] = [textAt(document, 'repository'), textAt(document, 'snapshot')];
  const [sizeBytes, durationMs] = [countAt(document, 'sizeBytes'), countAt(document, 'durationMs')];
  if (document.kind !== 'BackupRecord' || id === null || !idForm.test(id)) return undefined;
  // A record at another path than it names is a copy, or a forgery for another environment.
  if (path !== `backups/${environment}/${id}.yaml`) return undefined;
  if (environment === null || uid === null || !/^[a-z2-7]{16}$/.test(uid)) return undefined;
  if (reason === undefined || scope === undefined || takenAt === null || commit === null) return undefined;
  if (repository === null || snapshot === null || sizeBytes === null || durationMs === null) return undefined;
  const versions = recordOf(document.versions);
  return {
    id,
    environment: environment as EnvironmentName,
    uid: uid as Uid,
    reason,
    scope,
    takenAt,
    commit,
    appliedDigest: digestAt(document, 'appliedDigest'),
    repository,
    snapshot,
    sizeBytes,
    durationMs,
    versions: { wordpress: textAt(versions, 'wordpress'), php: textAt(versions, 'php') },
    verifiedAt: timeAt(document, 'verifiedAt'),
  };
}
