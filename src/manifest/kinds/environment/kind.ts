import schema from '../../../../schemas/environment.schema.json' with { type: 'json' };
import type { Json } from '../../../fleet/digest.ts';
import { diagnosticCodes } from '../../diagnostics/catalogue.ts';
import type { FieldProblem } from '../../diagnostics/problem.ts';
import type { FleetIndex, FleetProblem } from '../../fleet-index.ts';
import { stringAt, valueAt } from '../../plain.ts';
import type { ManifestKind } from '../manifest-kind.ts';
import { notSupportedYet } from '../not-supported-yet.ts';
import { claimedDomains } from './claimed-domains.ts';
import { cloneChecks } from './clone-checks.ts';
import { completenessChecks } from './completeness-checks.ts';
import { repeatedDomainChecks, sharedDomainChecks } from './domain-checks.ts';
import { hasBackupPolicy, inheritedSetting } from './inherited-setting.ts';
import { reservedNameChecks } from './name-checks.ts';
import { answeredRedirectChecks, snippetPermissionChecks } from './nginx-fleet-checks.ts';
import { phpVersionChecks } from './php-version-checks.ts';
import { pinChecks } from './pin-checks.ts';
import { previewChecks } from './preview-checks.ts';
import { redirectChecks } from './redirect-checks.ts';
import { resolveEnvironment } from './resolve.ts';
import { resourceChecks } from './resource-checks.ts';
import { settingConflictChecks, settingPermissionChecks } from './setting-fleet-checks.ts';
import { settingsChecks } from './settings-checks.ts';
import { tlsChecks } from './tls-checks.ts';

export const environment: ManifestKind = {
  schema,
  distinctiveField: 'site',
  references: [
    { field: 'site', target: 'Site', strength: 'required' },
    { field: 'node', target: 'Node', strength: 'required' },
    { field: 'backups.policy', target: 'BackupPolicy', strength: 'required' },
    {
      field: 'source.clone',
      target: 'Environment',
      strength: 'creation',
      alternative: ', or no spec.source if the environment exists already',
    },
  ],
  secrets: [{ path: ['tls', 'certificate'] }, { path: ['tls', 'privateKey'] }],
  inheritsFrom: { field: 'site', root: ['spec', 'defaults'] },
  domains: (value) => claimedDomains(value).map(({ domain }) => domain),
  documentChecks: [
    reservedNameChecks,
    repeatedDomainChecks,
    (value) => settingsChecks(value, ['spec']),
    redirectChecks,
    sourceNotes,
  ],
  fleetChecks: [
    { scope: 'neighbourhood', find: phpVersionChecks },
    { scope: 'neighbourhood', find: resourceChecks },
    { scope: 'neighbourhood', find: settingPermissionChecks },
    { scope: 'neighbourhood', find: settingConflictChecks },
    { scope: 'neighbourhood', find: snippetPermissionChecks },
    { scope: 'neighbourhood', find: answeredRedirectChecks },
    {
      scope: 'neighbourhood',
      find: (index, { config }) => pinChecks(index.byKind.Environment, ['spec', 'wordpress'], config),
    },
    { scope: 'neighbourhood', find: completenessChecks },
    { scope: 'neighbourhood', find: previewChecks },
    { scope: 'neighbourhood', find: tlsChecks },
    { scope: 'neighbourhood', find: finalBackupChecks },
    { scope: 'fleet', find: sharedDomainChecks },
    { scope: 'fleet', find: cloneChecks },
  ],
  resolution: { collection: 'environments', resolve: resolveEnvironment },
};

function sourceNotes(value: Json): FieldProblem[] {
  const path = ['spec', 'source'];
  const source = valueAt(value, ...path);
  if (stringAt(source, 'clone') !== undefined) {
    return [notSupportedYet(path, 'clones are not supported yet: this environment is created once they are')];
  }
  if (stringAt(source, 'backup') === undefined) return [];
  return [notSupportedYet(path, 'restores are not supported yet: this environment is created once they are')];
}

/** Environments with deletion after a final backup that have no policy and therefore no repository for it. */
function finalBackupChecks(index: FleetIndex): FleetProblem[] {
  return index.byKind.Environment.flatMap((where): FleetProblem[] => {
    if (inheritedSetting(index, where, 'deletionPolicy') !== 'backup-then-delete') return [];
    if (hasBackupPolicy(index, where) !== false) return [];
    const own = valueAt(where.document.value, 'spec', 'deletionPolicy') !== undefined;
    const message = `${where.document.ref} can never be deleted: without a backup policy there is no repository for its final backup`;
    const path = own ? ['spec', 'deletionPolicy'] : ['spec'];
    const expected = 'backups: { policy: <name> }, or another deletionPolicy';
    const code = diagnosticCodes.backupRepositoryMissing;
    return [{ where, problem: { code, severity: 'warning', message, path, at: 'value', expected } }];
  });
}
