import schema from '../../../../schemas/backup.schema.json' with { type: 'json' };
import type { BackupScope, DesiredBackup } from '../../../fleet/backups.ts';
import type { BackupName, EnvironmentName } from '../../../fleet/brand.ts';
import { uidOf } from '../../../fleet/naming.ts';
import { diagnosticCodes } from '../../diagnostics/catalogue.ts';
import { type FleetIndex, type FleetProblem, referred } from '../../fleet-index.ts';
import type { ParsedDocument } from '../../parsed-file.ts';
import { metadataOf, specOf } from '../../resolve/spec-of.ts';
import { systemDefaults } from '../../resolve/system-defaults.ts';
import { hasBackupPolicy } from '../environment/inherited-setting.ts';
import type { ManifestKind, ResolveContext } from '../manifest-kind.ts';
import { notSupportedYet } from '../not-supported-yet.ts';
import { requestFor } from '../request-reference.ts';

export const backup: ManifestKind = {
  schema,
  distinctiveField: 'environment',
  references: [requestFor('environment')],
  secrets: [],
  documentChecks: [() => [note]],
  fleetChecks: [{ scope: 'neighbourhood', find: repositoryChecks }],
  resolution: { collection: 'backups', resolve },
};

const note = notSupportedYet(
  ['kind'],
  'backups are not supported yet: this request is recorded for a later version',
);

/** Backups of environments that have no policy and therefore no repository. */
function repositoryChecks(index: FleetIndex): FleetProblem[] {
  return index.byKind.Backup.flatMap((where): FleetProblem[] => {
    const environment = referred(index, where.document, 'environment');
    if (environment === undefined || hasBackupPolicy(index, environment) !== false) return [];
    const message = `${where.document.ref} cannot be made: ${environment.document.ref} has no backup policy, so there is no repository for it`;
    const path = ['spec', 'environment'];
    const expected = `backups: { policy: <name> } at ${environment.document.ref} or in the defaults of its site`;
    const code = diagnosticCodes.backupRepositoryMissing;
    return [{ where, problem: { code, message, path, at: 'value', expected } }];
  });
}

interface BackupSpec {
  readonly environment: string;
  readonly scope?: BackupScope;
}

function resolve(document: ParsedDocument, { config }: ResolveContext): DesiredBackup {
  const spec = specOf<BackupSpec>('Backup', document);
  return {
    name: metadataOf(document).name as BackupName,
    ref: document.ref,
    uid: uidOf(config.fleet, document.ref),
    environment: spec.environment as EnvironmentName,
    scope: spec.scope ?? systemDefaults.backupScope,
  };
}
