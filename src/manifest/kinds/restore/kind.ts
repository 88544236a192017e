import schema from '../../../../schemas/restore.schema.json' with { type: 'json' };
import type { BackupScope, DesiredRestore, RestoreSource } from '../../../fleet/backups.ts';
import type { EnvironmentName, RestoreName } from '../../../fleet/brand.ts';
import type { Json } from '../../../fleet/digest.ts';
import { uidOf } from '../../../fleet/naming.ts';
import { dateCheck } from '../../checks/date-checks.ts';
import { diagnosticCodes } from '../../diagnostics/catalogue.ts';
import { quoted } from '../../diagnostics/printable.ts';
import type { FieldProblem } from '../../diagnostics/problem.ts';
import type { FleetIndex, FleetProblem } from '../../fleet-index.ts';
import type { ParsedDocument } from '../../parsed-file.ts';
import { stringAt } from '../../plain.ts';
import { instantMs } from '../../resolve/local-time.ts';
import { metadataOf, specOf } from '../../resolve/spec-of.ts';
import { systemDefaults } from '../../resolve/system-defaults.ts';
import type { FleetContext, ManifestKind, ResolveContext } from '../manifest-kind.ts';
import { notSupportedYet } from '../not-supported-yet.ts';
import { requestFor } from '../request-reference.ts';

export const restore: ManifestKind = {
  schema,
  distinctiveField: 'environment',
  references: [requestFor('environment')],
  secrets: [],
  documentChecks: [dayChecks, () => [note]],
  fleetChecks: [{ scope: 'fleet', find: timeChecks }],
  resolution: { collection: 'restores', resolve },
};

const note = notSupportedYet(
  ['kind'],
  'restores are not supported yet: this request is recorded for a later version',
);

const timePath = ['spec', 'from', 'time'];

function dayChecks(value: Json): FieldProblem[] {
  return dateCheck(stringAt(value, ...timePath), timePath);
}

/** A minute, because the clocks of the author and of the controller may differ. */
const clockToleranceMs = 60_000;

/** A time in the future: the newest backup before it would be another one every day. */
function timeChecks(index: FleetIndex, { now }: FleetContext): FleetProblem[] {
  if (now === undefined) return [];
  return index.byKind.Restore.flatMap((where): FleetProblem[] => {
    const time = stringAt(where.document.value, ...timePath);
    const at = time === undefined ? undefined : instantMs(time);
    if (time === undefined || at === undefined || at <= now + clockToleranceMs) return [];
    const message = `${where.document.ref} asks for the state of ${quoted(time)}, which is in the future`;
    const expected = 'a time in the past, in RFC 3339 such as 2026-11-20T02:30:00Z';
    const code = diagnosticCodes.requestNotDue;
    return [{ where, problem: { code, message, path: timePath, at: 'value', expected } }];
  });
}

interface RestoreSpec {
  readonly environment: string;
  /** Exactly one of them: id of a record, or a moment in RFC 3339. */
  readonly from: { readonly backup?: string; readonly time?: string };
  readonly scope?: BackupScope;
}

function resolve(document: ParsedDocument, { config }: ResolveContext): DesiredRestore {
  const spec = specOf<RestoreSpec>('Restore', document);
  return {
    name: metadataOf(document).name as RestoreName,
    ref: document.ref,
    uid: uidOf(config.fleet, document.ref),
    environment: spec.environment as EnvironmentName,
    source: restoreSource(spec),
    scope: spec.scope ?? systemDefaults.backupScope,
  };
}

function restoreSource({ from }: RestoreSpec): RestoreSource {
  if (from.backup !== undefined) return { kind: 'record', id: from.backup };
  return { kind: 'time', at: instantMs(from.time ?? '') ?? 0 };
}
